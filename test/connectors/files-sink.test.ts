import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesSinkOpener } from '../../src/connectors/files-sink.ts'
import type { Sink } from '../../src/ports/sink.ts'
import { elementFormat, pairFormat } from '../../src/rdd/formats/named-format.ts'
import type { OutputFormat } from '../../src/rdd/formats/output-format.ts'
import { publishWhole } from '../../src/scheduler/publish.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { FakeStorage } from './fake-storage.ts'
import { filesSinkContract, subjects } from './files-sink.contract.ts'
import { CHECKPOINT, committed, jobOf, publishContext } from './output-job.ts'

const OUT = 'file:///out/counts'
const DIRECTORY = `${OUT}-1000.txt`

function open(storage: FakeStorage, options: Record<string, unknown> = { prefix: OUT, suffix: 'txt' }): Sink {
  return filesSinkOpener(storage)({ kind: 'files', options }, 'counts')
}

function filesIn(storage: FakeStorage, directory: string): Record<string, string | undefined> {
  const urls = [...storage.objects.keys()].filter((url) => url.startsWith(`${directory}/`)).sort()
  return Object.fromEntries(urls.map((url) => [url.slice(directory.length + 1), storage.text(url)]))
}

const big = [[['x'.repeat(600), ['b', 2]], ['y'.repeat(600)]], [], [[['c', 3]]]]
for (const subject of subjects) filesSinkContract(subject)

test('each partition that has elements becomes a file of lines, and _SUCCESS closes the directory', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const staged = await sink.stage(jobOf([[[['a', 1]], [{ b: 2 }, 'ü€𝄞']], [[]], [['last']]], storage))
  assert.equal(storage.objects.size, 0, 'small output travels in the manifest')
  await publishWhole(sink, committed(staged), publishContext(storage))
  assert.deepEqual(filesIn(storage, DIRECTORY), {
    _SUCCESS: '',
    'part-00000': '(a,1)\n{"b":2}\nü€𝄞\n',
    'part-00002': 'last\n',
  })
})

test('a batch without elements stages and publishes nothing', async () => {
  const storage = new FakeStorage()
  assert.equal(await open(storage).stage(jobOf([[], [[]]], storage)), undefined)
  assert.equal(storage.objects.size, 0)
})

test('the directory is named as in Spark', async () => {
  const storage = new FakeStorage()
  const destination = async (options: Record<string, unknown>) =>
    (await open(storage, options).stage(jobOf([[['x']]], storage)))?.destination
  assert.equal(await destination({ prefix: 's3://b/out', suffix: 'txt' }), 's3://b/out-1000.txt')
  assert.equal(await destination({ prefix: 's3://b/out', suffix: '' }), 's3://b/out-1000')
  assert.equal(await destination({ prefix: '', suffix: 'txt' }), '1000.txt')
  assert.throws(() => open(storage, { prefix: 7 }), { code: 'bad-option' })
})

test('small parts that are too much together wait in objects, too', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const staged = committed(await sink.stage(jobOf([[['aaaa']], [['bbbb']], [['cccc']]], storage, { inlineBytes: 12 })))
  assert.deepEqual(
    staged.files.map(({ at }) => at.kind),
    ['object', 'object', 'object'],
  )
  await publishWhole(sink, staged, publishContext(storage))
  assert.deepEqual(filesIn(storage, DIRECTORY), {
    _SUCCESS: '',
    'part-00000': 'aaaa\n',
    'part-00001': 'bbbb\n',
    'part-00002': 'cccc\n',
  })
})

test('_SUCCESS is written when every file has been acknowledged, and not if one fails', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const staged = committed(
    await sink.stage(
      jobOf(
        Array.from({ length: 40 }, (_, i) => [[`line ${i}`]]),
        storage,
      ),
    ),
  )
  storage.calls.length = 0
  await publishWhole(sink, staged, publishContext(storage))
  const begun = storage.calls.indexOf(`put ${DIRECTORY}/_SUCCESS`)
  const acknowledged = storage.calls.filter((call) => call.startsWith('acknowledged') && call.includes('part-'))
  assert.equal(acknowledged.length, 40)
  assert.ok(storage.calls.lastIndexOf(acknowledged.at(-1) ?? '') < begun)

  const failing = new FakeStorage()
  failing.fault = (call) => (call === `put ${DIRECTORY}/part-00007` ? new Error('refused') : undefined)
  await assert.rejects(publishWhole(open(failing), staged, publishContext(failing)), /refused/)
  const after = failing.calls.length
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(failing.calls.length, after, 'nothing goes on behind the caller')
  assert.equal(failing.text(`${DIRECTORY}/_SUCCESS`), undefined)
})

for (const checkpoint of [CHECKPOINT, 's3://bucket/ck']) {
  test(`a staged object that is missing or damaged is published by nobody (${checkpoint})`, async () => {
    const storage = new FakeStorage()
    const sink = open(storage)
    const staged = committed(await sink.stage(jobOf(big, storage, { checkpoint })))
    const url = `${checkpoint}/staged/t7/counts/part-00000`
    storage.write(url, 'cut short')
    await assert.rejects(publishWhole(sink, staged, publishContext(storage, { checkpoint })), {
      code: 'staged-damaged',
      kind: 'data',
    })
    storage.objects.delete(url)
    await assert.rejects(publishWhole(sink, staged, publishContext(storage, { checkpoint })), {
      code: 'staged-missing',
      kind: 'data',
    })
    assert.equal(storage.text(`${DIRECTORY}/_SUCCESS`), undefined)
  })
}

test('inline text that does not have its checksum is not published', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const staged = JSON.stringify(await sink.stage(jobOf([[['abc']]], storage)))
  const damaged = JSON.parse(staged.replace('abc', 'abd'))
  await assert.rejects(publishWhole(sink, damaged, publishContext(storage)), { code: 'staged-damaged' })
  assert.deepEqual(filesIn(storage, DIRECTORY), {})
})

test('a failing job leaves no staged object behind, and an aborted one stops', async () => {
  const storage = new FakeStorage()
  const failing = [[['x'.repeat(2000)], [{ toJSON: () => assert.fail('user code') }]]]
  await assert.rejects(open(storage).stage(jobOf(failing, storage)), /user code/)
  assert.ok(storage.calls.includes(`abort ${CHECKPOINT}/staged/t7/counts/part-00000`))
  assert.equal(storage.objects.size, 0)
  const aborted = { ...jobOf([[['x']]], storage), signal: AbortSignal.abort(new Error('deadline')) }
  await assert.rejects(open(storage).stage(aborted), /deadline/)
})

test('a directory that another run has filled is refused before the commit; the same bytes are not foreign', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const run = async (word: string) => {
    const staged = await sink.stage(jobOf([[[word]]], storage))
    await publishWhole(sink, committed(staged), publishContext(storage))
  }
  await run('one')
  await run('one')
  await assert.rejects(run('two'), (error: unknown) => {
    assert.ok(error instanceof SluiceError)
    assert.equal(error.code, 'output-exists')
    assert.match(error.message, /another prefix.*counts-1000\.txt\/part-00000$/)
    return true
  })
  const wider = jobOf([[['one']], [['more']]], storage)
  await assert.rejects(sink.stage(wider), { code: 'output-exists' }, 'a closed directory gets no further file')
  storage.objects.delete(`${DIRECTORY}/_SUCCESS`)
  await sink.stage(wider)
  storage.write(`${DIRECTORY}/part-00001`, 'left by a wider run')
  await assert.rejects(run('one'), { code: 'output-exists' })
})

test('a batch without elements is not taken for one whose directory another run has filled', async () => {
  const storage = new FakeStorage()
  const sink = open(storage)
  const staged = await sink.stage(jobOf([[['one']]], storage))
  await publishWhole(sink, committed(staged), publishContext(storage))
  const empty = jobOf([[], [[]]], storage)
  await assert.rejects(sink.stage(empty), { code: 'output-exists' })
  assert.equal(await sink.stage({ ...empty, replay: true }), undefined, 'a replay publishes nothing')
})

test('a relative place is staged as the place that it stands for: whoever publishes may work in another directory', async () => {
  const here = new FakeStorage()
  const storage = { open: (url: string) => here.open(url.includes(':') ? url : `file:///work/${url}`) }
  const stagedAt = async (prefix: string) => {
    const sink = filesSinkOpener(storage)({ kind: 'files', options: { prefix } }, 'counts')
    return (await sink.stage(jobOf([[['x']]], here)))?.destination
  }
  assert.equal(await stagedAt('out/counts'), 'file:///work/out/counts-1000')
  for (const prefix of ['/out/counts', 'file:///out/counts', 's3://b/counts', 'C:\\out'])
    assert.equal(await stagedAt(prefix), `${prefix}-1000`)
})

test('an element that cannot be written is told with its output and partition', async () => {
  const cases: [OutputFormat<unknown>, unknown, string][] = [
    [elementFormat('ndjson'), 1n, 'not-json'],
    [elementFormat('object'), () => 0, 'not-encodable'],
    [pairFormat({ format: 'sequence' }) as OutputFormat<unknown>, ['a'], 'not-writable'],
    [{ encode: () => assert.fail('user code') }, 'x', 'encode-failed'],
  ]
  for (const [format, element, code] of cases) {
    const storage = new FakeStorage()
    const staging = open(storage, { prefix: OUT, format }).stage(jobOf([[], [[element]]], storage))
    await assert.rejects(staging, { code, message: /^The output counts cannot write an element of partition 1: / })
    assert.equal(storage.objects.size, 0)
  }
})

test('types chosen by the first pair of each file are the same in all files of a batch', async () => {
  const storage = new FakeStorage()
  const format = pairFormat({ format: 'sequence' })
  const job = jobOf([[[['a', 1]]], [[['b', 1.5]]]], storage)
  await assert.rejects(open(storage, { prefix: OUT, format }).stage(job), {
    code: 'mixed-types',
    kind: 'data',
    message: /choose the types.*LongWritable and .*DoubleWritable$/,
  })
  const chosen = pairFormat({ format: 'sequence', value: 'double' })
  assert.equal((await open(storage, { prefix: OUT, format: chosen }).stage(job))?.files.length, 2)
})

test('a place that nothing opens is refused before the first batch; who only publishes need not name one', () => {
  const storage = {
    open(url: string): never {
      throw new SluiceError({ code: 'unknown-scheme', kind: 'invalid', message: url })
    },
  }
  const opener = filesSinkOpener(storage)
  const options = { prefix: 'hdfs://name/out', suffix: '' }
  assert.throws(() => opener({ kind: 'files', options }, 'counts'), { code: 'unknown-scheme' })
  assert.ok(opener({ kind: 'files', options: {} }, 'counts'))
  assert.throws(() => opener({ kind: 'files', options: { format: 7 } }, 'counts'), { code: 'bad-format' })
})
