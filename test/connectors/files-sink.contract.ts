import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import { filesSinkOpener } from '../../src/connectors/files-sink.ts'
import type { Sink } from '../../src/ports/sink.ts'
import { elementFormat, pairFormat } from '../../src/rdd/formats/named-format.ts'
import { type OutputFormat, openPart } from '../../src/rdd/formats/output-format.ts'
import { publishWhole } from '../../src/scheduler/publish.ts'
import { FakeStorage } from './fake-storage.ts'
import { attempt, CHECKPOINT, committed, jobOf, publishContext } from './output-job.ts'

/** A file format, and a batch of two parts that it can write: one beyond 1,000 bytes, in two chunks, and a small one. */
export interface FormatSubject {
  readonly name: string
  readonly format: OutputFormat<unknown>
  readonly large: readonly (readonly unknown[])[]
  readonly small: readonly unknown[]
}

const pairs = {
  large: [
    [
      ['x'.repeat(700), 2],
      ['ü€', 1],
    ],
    [['y'.repeat(600), -5]],
  ],
  small: [['c', 3]],
}
const csv: OutputFormat<unknown> = { extension: 'csv', header: 'k,v\n', encode: (pair) => `${pair}\n` }
const utf16: OutputFormat<unknown> = { encode: (pair) => Buffer.from(String(pair), 'utf16le') }

export const subjects: readonly FormatSubject[] = [
  { name: 'text', format: elementFormat('text'), ...pairs },
  { name: 'NDJSON', format: elementFormat('ndjson'), ...pairs },
  { name: 'object files', format: elementFormat('object'), ...pairs },
  { name: 'lines of key and value', format: pairFormat({}) as OutputFormat<unknown>, ...pairs },
  { name: 'SequenceFiles', format: pairFormat({ format: 'sequence' }) as OutputFormat<unknown>, ...pairs },
  { name: "a user's format of texts", format: csv, ...pairs },
  { name: "a user's format of bytes", format: utf16, ...pairs },
]

const PREFIX = 'file:///out/counts'
const DIRECTORY = `${PREFIX}-1000`

/** What an output of files does beyond what every sink must, in every format. */
export function filesSinkContract(subject: FormatSubject): void {
  const { name, format, large, small } = subject
  const partitions = [large, [], [small]]
  const rule = (text: string, check: (storage: FakeStorage, sink: Sink) => Promise<void>) =>
    test(`${name}: ${text}`, () => {
      const storage = new FakeStorage()
      const options = { prefix: PREFIX, suffix: '', format }
      return check(storage, filesSinkOpener(storage)({ kind: 'files', options }, 'counts'))
    })
  const stage = async (sink: Sink, storage: FakeStorage, options: Parameters<typeof jobOf>[2] = {}) =>
    committed(await sink.stage(jobOf(partitions, storage, options)))
  const holdsTheBatch = (storage: FakeStorage) => assert.deepEqual(filesBelow(storage, DIRECTORY), expected(subject))

  rule('small output travels in the manifest', async (storage, sink) => {
    const staged = await stage(sink, storage, { inlineBytes: 10_000 })
    assert.equal(storage.objects.size, 0)
    await publishWhole(sink, staged, publishContext(storage))
    holdsTheBatch(storage)
  })

  for (const checkpoint of [CHECKPOINT, 's3://bucket/ck']) {
    rule(`large output waits in objects, unseen, and is published from ${checkpoint}`, async (storage, sink) => {
      const staged = await stage(sink, storage, { checkpoint })
      assert.deepEqual(filesBelow(storage, DIRECTORY), {})
      assert.equal(staged.files[0]?.at.kind, 'object')
      assert.notEqual(staged.files[1]?.at.kind, 'object')
      await publishWhole(sink, staged, publishContext(storage, { checkpoint }))
      holdsTheBatch(storage)
      const copied = storage.calls.some((call) => call.startsWith('copy'))
      assert.equal(copied, checkpoint === CHECKPOINT)
    })
  }

  rule('a batch is closed by _SUCCESS, when all of it is there, and one look tells', async (storage, sink) => {
    const staged = await stage(sink, storage)
    await sink.publish(staged, publishContext(storage))
    assert.equal(await sink.closing?.isClosed(staged, attempt), false)
    await sink.closing?.close(staged, publishContext(storage))
    holdsTheBatch(storage)
    storage.calls.length = 0
    assert.equal(await sink.closing?.isClosed(staged, attempt), true)
    assert.deepEqual(storage.calls, [`head ${DIRECTORY}/_SUCCESS`])
  })

  rule('another run’s directory is refused, the same bytes are not another run’s', async (storage, sink) => {
    await publishWhole(sink, await stage(sink, storage), publishContext(storage))
    await stage(sink, storage, { attempt: later(9) })
    const other = jobOf([[small], [], large], storage)
    await assert.rejects(sink.stage(other), { code: 'output-exists', kind: 'invalid' })
  })
}

function later(token: number): Attempt {
  return { ...attempt, token: token as Token, number: 2 }
}

function filesBelow(storage: FakeStorage, directory: string): Record<string, string> {
  const files = [...storage.objects].filter(([url]) => url.startsWith(`${directory}/`))
  return Object.fromEntries(files.map(([url, { bytes }]) => [url.slice(directory.length + 1), hexOf(bytes)]))
}

/** What the format makes of each partition by itself, handed over at once. */
function expected({ format, large, small }: FormatSubject): Record<string, string> {
  const file = (partition: number, elements: readonly unknown[]): [string, string] => {
    const encoder = openPart(format, { partition, identity: `1/1000/counts/${partition}` })
    const pieces = [encoder.encode(elements), encoder.end?.() ?? ''].map((piece) => Buffer.from(piece as string))
    const extension = format.extension === undefined ? '' : `.${format.extension}`
    return [`part-0000${partition}${extension}`, hexOf(Buffer.concat(pieces))]
  }
  return Object.fromEntries([['_SUCCESS', ''], file(0, large.flat()), file(2, small)])
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
