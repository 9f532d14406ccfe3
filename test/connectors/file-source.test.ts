import assert from 'node:assert/strict'
import { PassThrough, pipeline, Readable } from 'node:stream'
import { test } from 'node:test'
import { createGunzip, gzipSync } from 'node:zlib'
import { fileSourceOpener } from '../../src/connectors/file-source.ts'
import type { Source } from '../../src/ports/source.ts'
import type { Gunzip } from '../../src/rdd/formats/gunzip.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeStorage } from './fake-storage.ts'
import { FakeCommits, readAll } from './source-memory.ts'

const IN = 'file:///data/in'

function open(storage: FakeStorage, options: Record<string, unknown> = {}): Source {
  return fileSourceOpener({ storage, clock: new FakeClock() })(
    { kind: 'file', options: { url: IN, newFilesOnly: false, ...options } },
    'in',
  )
}

function storageWith(files: Readonly<Record<string, string | Uint8Array>>): FakeStorage {
  const storage = new FakeStorage()
  for (const [name, body] of Object.entries(files)) storage.write(`${IN}/${name}`, body)
  return storage
}

function rejects(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof SluiceError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('each file is read once, in the order of keys, one partition a file', async () => {
  const storage = storageWith({ 'b.txt': 'b1\nb2', 'a.txt': 'a1\n' })
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(open(storage)), [['a1'], ['b1', 'b2']])
  assert.deepEqual(await commits.batch(open(storage)), [])
  storage.write(`${IN}/0-late-but-first.txt`, 'late', -1e12)
  assert.deepEqual(await commits.batch(open(storage)), [['late']])
  storage.write(`${IN}/a.txt`, 'changed after it was committed')
  assert.deepEqual(await commits.batch(open(storage)), [])
})

test('with newFilesOnly what the first plan finds is never read, in whatever process', async () => {
  const storage = storageWith({ 'old-1': 'x', 'old-2': 'y', 'old-10': 'z', empty: '' })
  const commits = new FakeCommits()
  const first = await commits.plan(open(storage, { newFilesOnly: true }))
  assert.deepEqual(first.ranges, [])
  storage.write(`${IN}/new`, 'n')
  storage.write(`${IN}/empty`, 'filled later')
  commits.commit(open(storage, { newFilesOnly: true }), first)
  assert.deepEqual(await commits.batch(open(storage, { newFilesOnly: true })), [['n']])
  assert.deepEqual(commits.position, {})
})

test('with newFilesOnly, what comes with a directory that was missing is new', async () => {
  const storage = new FakeStorage()
  const source = open(storage, { newFilesOnly: true })
  const commits = new FakeCommits()
  await rejects(commits.plan(source), 'directory-missing', /There is no directory for the file stream to read/)
  storage.write(`${IN}/first`, 'f')
  assert.deepEqual(await commits.batch(source), [['f']])
})

test('a hundred thousand skipped files make a plan of about a megabyte', async () => {
  const storage = new FakeStorage()
  storage.pageSize = 1000
  for (let i = 0; i < 100_000; i++) storage.write(`${IN}/2026/logs-of-host-${i % 100}-${i}.txt`, 'x')
  const commits = new FakeCommits()
  const source = open(storage, { newFilesOnly: true, recursive: true })
  const plan = await commits.plan(source)
  assert.ok(JSON.stringify(plan).length < 1_500_000, String(JSON.stringify(plan).length))
  commits.commit(source, plan)
  assert.equal(commits.memory.size, 100_000)
  assert.ok([...storage.objects.keys()].every((url) => commits.memory.has(url)))
})

test('an empty file is no partition, and is read when it has been filled', async () => {
  const storage = storageWith({ slow: '' })
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(open(storage)), [])
  storage.write(`${IN}/slow`, 'now')
  assert.deepEqual(await commits.batch(open(storage)), [['now']])
})

test('names that begin with a dot and files in folders are left alone by default', async () => {
  const storage = storageWith({
    '.hidden': 'h',
    'sub/file': 's',
    'sub/.h': 'h',
    _SUCCESS: '',
    _kept: 'k',
    'folder/': '',
  })
  assert.deepEqual(await new FakeCommits().batch(open(storage)), [['k']])
  assert.deepEqual(await new FakeCommits().batch(open(storage, { recursive: true })), [['k'], ['s']])
  const filter = (path: string) => path === `${IN}/.hidden`
  assert.deepEqual(await new FakeCommits().batch(open(storage, { filter })), [['h']])
})

test('a pattern selects directories, not files', async () => {
  const storage = new FakeStorage()
  for (const key of ['a/in/1', 'b/in/2', 'b/out/3', 'b/in/deep/4', 'in/5', 'c/in'])
    storage.write(`file:///logs/${key}`, key)
  const read = (url: string, options = {}) => new FakeCommits().batch(open(storage, { url, ...options }))
  assert.deepEqual(await read('file:///logs/*/in'), [['a/in/1'], ['b/in/2']])
  assert.deepEqual(await read('file:///logs/{b,x}/[io]*/'), [['b/in/2'], ['b/out/3']])
  assert.deepEqual(await read('file:///logs/?/in', { recursive: true }), [['a/in/1'], ['b/in/2'], ['b/in/deep/4']])
  assert.throws(() => open(storage, { url: 's3://*/in' }), { code: 'glob-in-bucket', kind: 'invalid' })
})

test('a directory that is missing is an error that names it, at every plan, and an empty one is not', async () => {
  const storage = new FakeStorage()
  const commits = new FakeCommits()
  await rejects(commits.plan(open(storage)), 'directory-missing', /make it.*file:\/\/\/data\/in$/)
  storage.directories.add(IN)
  assert.deepEqual(await commits.batch(open(storage)), [])
  storage.directories.clear()
  await rejects(commits.plan(open(storage)), 'directory-missing', /file:\/\/\/data\/in$/)
})

test('a plan keeps within its limits but always takes one file, and says that there is more', async () => {
  const storage = storageWith({ a: 'x'.repeat(10), b: 'x'.repeat(10), c: 'x'.repeat(10) })
  const plan = async (options: Record<string, unknown>, limits: Record<string, number>) => {
    const { ranges, more, bytes } = await new FakeCommits().plan(open(storage, options), limits)
    return [ranges.length, more, bytes]
  }
  assert.deepEqual(await plan({}, { maxBytes: 20 }), [2, true, 20])
  assert.deepEqual(await plan({}, { maxBytes: 1 }), [1, true, 10])
  assert.deepEqual(await plan({}, { maxFiles: 2 }), [2, true, 20])
  assert.deepEqual(await plan({ maxFilesPerBatch: 3 }, {}), [3, false, 30])
  assert.deepEqual(await plan({ maxFilesPerBatch: 1 }, {}), [1, true, 10])
  assert.deepEqual(await plan({ format: 'binary-records', recordLength: 5 }, { maxRecords: 5 }), [2, true, 20])
})

test('files that did not fit are read by later batches, each once', async () => {
  const storage = storageWith(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, `line ${i}`])))
  const commits = new FakeCommits()
  const seen: unknown[] = []
  for (let batch = 0; batch < 5; batch++)
    seen.push(...(await commits.batch(open(storage, { maxFilesPerBatch: 3 }))).flat())
  assert.deepEqual(
    seen,
    Array.from({ length: 10 }, (_, i) => `line ${i}`),
  )
})

test('a planned file that changed, grew or is gone is an error that names it, never other records', async () => {
  const storage = storageWith({ a: 'planned' })
  const source = open(storage)
  const plan = await new FakeCommits().plan(source)
  storage.write(`${IN}/a`, 'replaced')
  await rejects(readAll(source, plan), 'source-changed', /file:\/\/\/data\/in\/a \(7 bytes, modified 1970/)
  storage.objects.clear()
  await rejects(readAll(source, plan), 'source-missing', /skip the batch: file:\/\/\/data\/in\/a/)

  const growing = storageWith({ a: 'planned' })
  const before = await new FakeCommits().plan(open(growing))
  const { etag } = growing.objects.get(`${IN}/a`) ?? { etag: '' }
  growing.objects.set(`${IN}/a`, { bytes: Buffer.from('planned and more'), etag, lastModifiedMs: 0 })
  await rejects(readAll(open(growing), before), 'source-changed', /file:\/\/\/data\/in\/a/)
})

test('gzip is told by the name and decompressed; damage is an error that names the file', async () => {
  const packed = gzipSync('one\ntwo\nthree\n')
  const storage = storageWith({ 'a.gz': packed, 'b.txt': 'plain' })
  assert.deepEqual(await new FakeCommits().batch(open(storage)), [['one', 'two', 'three'], ['plain']])
  for (const damaged of [packed.subarray(0, packed.length - 9), Buffer.from('no gzip at all')]) {
    const batch = new FakeCommits().batch(open(storageWith({ 'a.gz': damaged })))
    await rejects(batch, 'source-corrupt', /skip the batch: file:\/\/\/data\/in\/a\.gz/)
  }
})

test('a file of several gzip members is read whole or refused, as the platform has it, never in part', async () => {
  const packed = gzipSync('one\n')
  const storage = storageWith({ 'a.gz': Buffer.concat([packed, packed]) })
  const read = await new FakeCommits().batch(open(storage)).catch((error: unknown) => error)
  if (read instanceof SluiceError) assert.equal(read.code, 'source-corrupt')
  else assert.deepEqual(read, [['one', 'one']])
})

test('a platform that can do more decompresses files of several members', async () => {
  const storage = storageWith({ 'a.gz': Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]) })
  const gunzip: Gunzip = (compressed) =>
    pipeline(Readable.from(compressed), createGunzip(), new PassThrough(), () => {})
  const source = fileSourceOpener({ storage, clock: new FakeClock(), gunzip })(
    { kind: 'file', options: { url: IN, newFilesOnly: false } },
    'in',
  )
  assert.deepEqual(await new FakeCommits().batch(source), [['one', 'two']])
})

test('a store that fails in the middle of a gzip file is reported as itself', async () => {
  const storage = storageWith({ 'a.gz': gzipSync('one\ntwo\n') })
  const source = open(storage)
  const plan = await new FakeCommits().plan(source)
  storage.fault = () => new SluiceError({ code: 'slow-down', kind: 'retryable', message: 'Slow down' })
  await rejects(readAll(source, plan), 'slow-down', /Slow down/)
})

test('a connection may break any number of times, as long as something comes each time', async () => {
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  const storage = storageWith({ a: lines.join('\n') })
  const source = open(storage)
  const plan = await new FakeCommits().plan(source)
  storage.breakAfterChunks = 1
  assert.deepEqual(await readAll(source, plan), [lines])
})

test('a connection that breaks is taken up where it broke, and given up when nothing comes any more', async () => {
  const storage = storageWith({ a: 'one\ntwo\nthree\nfour\n' })
  const clock = new FakeClock()
  const open = () =>
    fileSourceOpener({ storage, clock })({ kind: 'file', options: { url: IN, newFilesOnly: false } }, 'in')
  const plan = await new FakeCommits().plan(open())
  storage.breakAfterChunks = 1
  assert.deepEqual(await readAll(open(), plan), [['one', 'two', 'three', 'four']])
  storage.breakAfterChunks = 0
  await rejects(readAll(open(), plan), 'cut', /Connection cut/)
  storage.breakAfterChunks = 1
  storage.onBreak = () => storage.write(`${IN}/a`, 'replaced meanwhile !')
  await rejects(readAll(open(), plan), 'source-changed', /in\/a/)
})

test('binary records have one length; what is left over is an error', async () => {
  const storage = storageWith({ a: Uint8Array.from({ length: 40 }, (_, i) => i) })
  const records = (recordLength: number) =>
    new FakeCommits().batch(open(storage, { format: 'binary-records', recordLength }))
  const [partition = []] = await records(8)
  assert.equal(partition.length, 5)
  assert.deepEqual(partition[1], Uint8Array.of(8, 9, 10, 11, 12, 13, 14, 15))
  await rejects(records(9), 'record-length', /whole records of 9 bytes.*4 bytes left over.*in\/a$/)
})

test('a record is described by its place in the file', async () => {
  const storage = storageWith({ a: 'x\ny' })
  const [range] = (await new FakeCommits().plan(open(storage))).ranges
  assert.ok(range)
  assert.equal(open(storage).describe(range, 16), 'line 17 of file:///data/in/a')
  assert.equal(
    open(storage, { format: 'binary-records', recordLength: 1 }).describe(range, 0),
    'record 1 of file:///data/in/a',
  )
})

test('a range of another directory or another version of the format is refused', async () => {
  const storage = storageWith({ a: 'x' })
  const plan = await new FakeCommits().plan(open(storage))
  await rejects(
    readAll(open(storage, { url: 'file:///elsewhere' }), plan),
    'source-moved',
    /not below file:\/\/\/elsewhere/,
  )
  const ranges = plan.ranges.map((range) => ({ ...range, until: 7 }))
  await rejects(readAll(open(storage), { ...plan, ranges }), 'plan-unreadable', /file:\/\/\/data\/in\/a: 7/)
})

test('options that make no sense are refused when the source is opened', () => {
  const storage = new FakeStorage()
  for (const options of [
    { url: '' },
    { maxFilesPerBatch: 0 },
    { format: 'csv' },
    { format: 'binary-records' },
    { filter: 'x' },
  ]) {
    assert.throws(() => open(storage, options), { code: 'bad-option', kind: 'invalid' })
  }
})

test('an aborted plan or read ends', async () => {
  const storage = storageWith({ a: 'x\ny' })
  const commits = new FakeCommits()
  const aborted = AbortSignal.abort(new Error('deadline'))
  await assert.rejects(open(storage).plan(commits.request({}, aborted)), /deadline/)
  const [range] = (await commits.plan(open(storage))).ranges
  assert.ok(range)
  await assert.rejects(async () => {
    for await (const _ of open(storage).read(range, aborted)) assert.fail('nothing may be read')
  }, /deadline/)
})
