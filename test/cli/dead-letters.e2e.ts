import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { jsonLines, sluice } from './sluice.ts'

/** Doubles numbers, a line each; `PARSE` makes one of a line. */
const DOUBLING = `
import { defineApp, seconds } from 'sluice'

export default defineApp({ name: 'doubling', batchInterval: seconds(1) }, (ssc, { in: directory, out }) => {
  const lines = ssc.textFileStream(String(directory), { newFilesOnly: false, onBadRecord: { deadLetter: { maxRecords: 10 } } })
  lines.map((line) => 2 * PARSE).saveAsTextFiles(String(out))
})
`

test('bad records are set apart, listed, shown, retried with mended code and dropped, as an operator types it', async (t) => {
  const directory = tempDirectory(t)
  const [app, input, out] = [join(directory, 'app.ts'), join(directory, 'in'), join(directory, 'out', 'doubled')]
  mkdirSync(input)
  writeFileSync(join(input, 'numbers'), '1\n{2\n3\n#4\n')
  writeFileSync(app, DOUBLING.replace('PARSE', 'JSON.parse(line)'))
  const place = [app, '--checkpoint', join(directory, 'checkpoint'), '--set', `in=${input}`, '--set', `out=${out}`]
  const ran = async (code: number, ...args: readonly string[]) => {
    const ended = await sluice(t, ...args)
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
    return ended
  }
  const letters = (what: string, ...more: readonly string[]) => ['dead-letters', what, ...place, ...more]

  const run = jsonLines(await ran(0, 'run', ...place, '--until-idle', '--start', '0', '--json'))
  assert.deepEqual(
    run.map(({ records, deadLetters }) => [records, deadLetters]),
    [[4, 2]],
  )
  assert.equal(readFileSync(join(`${out}-1000`, 'part-00000'), 'utf8'), '2\n6\n')

  const listed = await ran(0, ...letters('list'))
  assert.match(listed.stdout, /^batch 1000 ms, textFileStream: 2 records\n {2}2 × map at app\.ts:6: .*JSON.*\n$/)
  const [waiting, ...none] = jsonLines(await ran(0, ...letters('list', '--json')))
  assert.deepEqual([waiting?.records, waiting?.retry, 'state' in { ...waiting }, none], [2, false, false, []])
  const [shown, ...others] = jsonLines(await ran(0, ...letters('show', '--limit', '1', '--json')))
  assert.deepEqual([shown?.payload, others], [{ kind: 'text', text: '{2' }, []])

  assert.match((await ran(2, ...letters('retry'))).stderr, /--batch TIME, --stream ID, or --all/)
  assert.match((await ran(2, ...letters('drop', '--all'))).stderr, /--reason <text>/)
  assert.match((await ran(1, ...letters('retry', '--batch', '2000'))).stderr, /No dead letters wait here/)

  writeFileSync(app, DOUBLING.replace('PARSE', "JSON.parse(line.replace('{', ''))"))
  const retried = await ran(0, ...letters('retry', '--all'))
  assert.equal(retried.stdout, 'batch 1000 ms, textFileStream: 2 records to be read again\n')
  const again = jsonLines(await ran(0, 'run', ...place, '--until-idle', '--json'))
  assert.deepEqual(
    again.map(({ batchTime, retriedLetters, deadLetters }) => [batchTime, retriedLetters, deadLetters]),
    [[2000, 2, 1]],
  )
  assert.equal(readFileSync(join(`${out}-2000`, 'part-00000'), 'utf8'), '4\n')

  const dropped = await ran(0, ...letters('drop', '--batch', '2000', '--reason', 'no number'))
  assert.equal(dropped.stdout, 'batch 2000 ms, textFileStream: 1 record dropped\n')
  assert.equal(
    (await ran(0, ...letters('list'))).stdout,
    'batch 2000 ms, textFileStream: 1 record dropped: no number\n',
  )
  const [given, ...more] = jsonLines(await ran(0, ...letters('list', '--json')))
  assert.ok(Number(given?.atMs) > 0)
  assert.deepEqual(
    { ...given, atMs: 0 },
    { state: 'dropped', stream: 'textFileStream', batchTime: 2000, records: 1, reason: 'no number', atMs: 0 },
  )
  assert.deepEqual(more, [])
  await ran(0, 'verify', ...place)
})

const READING = (streams: readonly string[], upgrade: string) => `
import { defineApp, seconds } from 'sluice'

export default defineApp({ name: 'reading', batchInterval: seconds(1), upgrade: ${upgrade} }, (ssc, { in: directory, out }) => {
  for (const uid of ${JSON.stringify(streams)}) {
    const options = { newFilesOnly: false, onBadRecord: { deadLetter: {} } }
    const lines = ssc.textFileStream(directory + '/' + uid, options).uid(uid)
    lines.map((line) => JSON.parse(line)).saveAsTextFiles(out + '/' + uid)
  }
})
`

test('a retry of all marks the letters whose stream is there, tells the others and why, and ends with code 1', async (t) => {
  const directory = tempDirectory(t)
  const [app, input] = [join(directory, 'app.ts'), join(directory, 'in')]
  for (const uid of ['gone', 'there']) {
    mkdirSync(join(input, uid), { recursive: true })
    writeFileSync(join(input, uid, 'numbers'), '1\n{2\n')
  }
  const set = ['--set', `in=${input}`, '--set', `out=${join(directory, 'out')}`]
  const place = [app, '--checkpoint', join(directory, 'checkpoint'), ...set]
  writeFileSync(app, READING(['gone', 'there'], '{}'))
  assert.equal((await sluice(t, 'run', ...place, '--until-idle', '--start', '0')).code, 0)

  assert.equal((await sluice(t, 'dead-letters', 'retry', ...place, '--stream', 'gone')).code, 0)
  const listed = async () =>
    (await sluice(t, 'dead-letters', 'list', ...place, '--stream', 'gone')).stdout.split('\n')[0]
  assert.equal(await listed(), 'batch 1000 ms, gone: 1 record, to be read again')

  writeFileSync(app, READING(['there'], '{}'))
  const waiting = 'to be read again once the application has a stream of that name and kind: file'
  assert.equal(await listed(), `batch 1000 ms, gone: 1 record, ${waiting}`)
  writeFileSync(app, READING(['there'], "{ drop: ['gone'] }"))
  assert.equal(await listed(), 'batch 1000 ms, gone: 1 record, whose stream was dropped')
  const told = await sluice(t, 'dead-letters', 'retry', ...place, '--all')
  assert.equal(
    told.stdout,
    'batch 1000 ms, there: 1 record to be read again\n' +
      'batch 1000 ms, gone: 1 record left as is: the application has no such stream\n',
  )
  assert.equal(told.code, 1)
  const json = await sluice(t, 'dead-letters', 'retry', ...place, '--all', '--json')
  assert.deepEqual(jsonLines(json), [
    { batchTime: 1000, stream: 'there', records: 1 },
    { batchTime: 1000, stream: 'gone', records: 1, left: 'the application has no such stream' },
  ])
})
