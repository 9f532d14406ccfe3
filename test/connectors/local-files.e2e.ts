import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openers } from '../../src/connectors/openers.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import { publishWhole } from '../../src/scheduler/publish.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeStorage } from './fake-storage.ts'
import { attempt, committed, jobOf } from './output-job.ts'
import { FakeCommits, readAll } from './source-memory.ts'

function open(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-connectors-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const clock = new FakeClock()
  const storage = openLocalStorage({ clock })
  const { openSource, openSink } = openers({ storage, clock, write: () => {} })
  const url = pathToFileURL(directory).href
  const source = (path: string, options = {}) =>
    openSource({ kind: 'file', options: { url: `${url}/${path}`, newFilesOnly: false, ...options } }, 'in')
  return { directory, url, storage, source, openSink }
}

test('files on this machine are read once, by plain directory and by pattern, whatever their names', async (t) => {
  const { directory, source } = open(t)
  const commits = new FakeCommits()
  await assert.rejects(commits.plan(source('logs/a')), { code: 'directory-missing', kind: 'invalid' })
  for (const name of ['a', 'b']) mkdirSync(join(directory, 'logs', name), { recursive: true })
  assert.deepEqual(await commits.batch(source('logs/a')), [])
  writeFileSync(join(directory, 'logs/a', 'ünï cödé %20 #1?.txt'), 'one\ntwo')
  writeFileSync(join(directory, 'logs/b', 'plain.txt'), 'three\n')
  assert.deepEqual(await commits.batch(source('logs/a/')), [['one', 'two']])
  assert.deepEqual(await commits.batch(source('logs/a')), [])
  assert.deepEqual(await commits.batch(source('logs/*')), [['three']])
  await assert.rejects(commits.plan(source('logs/b/plain.txt')), { kind: 'invalid' })
})

test('a local file that grew or was replaced after the plan is an error', async (t) => {
  const { directory, source } = open(t)
  mkdirSync(join(directory, 'in'))
  const path = join(directory, 'in', 'a.txt')
  writeFileSync(path, 'one\n')
  const plan = await new FakeCommits().plan(source('in'))
  assert.deepEqual(await readAll(source('in'), plan), [['one']])
  appendFileSync(path, 'two\n')
  await assert.rejects(readAll(source('in'), plan), { code: 'source-changed' })
  writeFileSync(join(directory, 'other'), 'uno\n')
  renameSync(join(directory, 'other'), path)
  await assert.rejects(readAll(source('in'), plan), { code: 'source-changed' })
  rmSync(path)
  await assert.rejects(readAll(source('in'), plan), { code: 'source-missing' })
})

test('text output becomes files with _SUCCESS beside them, from the manifest and from staged objects', async (t) => {
  const { directory, url, storage, openSink } = open(t)
  const store = storage.open(`${url}/ck`)
  for (const [batchTime, inlineBytes] of [
    [1000, 1000],
    [2000, 3],
  ] as const) {
    const sink = openSink({ kind: 'files', options: { prefix: `${url}/out/counts`, suffix: 'txt' } }, 'counts')
    const job = jobOf([[[['a', 1]]], [], [['b', 'c']]], new FakeStorage(), { inlineBytes })
    const staging = { ...job.staging, store }
    const staged = committed(await sink.stage({ ...job, attempt: { ...attempt, batchTime }, staging }))
    assert.equal(staged.files[0]?.at.kind, batchTime === 1000 ? 'text' : 'object')
    const context = { attempt: { ...attempt, batchTime }, store, signal: new AbortController().signal }
    for (let times = 0; times < 2; times++) await publishWhole(sink, staged, context)
    const out = join(directory, 'out', `counts-${batchTime}.txt`)
    assert.deepEqual(readdirSync(out).sort(), ['_SUCCESS', 'part-00000', 'part-00002'])
    assert.equal(readFileSync(join(out, 'part-00002'), 'utf8'), 'b\nc\n')
  }
})

test('a kind that nothing here opens is refused by name', (t) => {
  const { openSink } = open(t)
  assert.throws(() => openSink({ kind: 'toString', options: {} }, 'x'), { kind: 'invalid', message: /toString$/ })
})
