import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileSourceOpener } from '../../../src/connectors/file-source.ts'
import type { RawRecord, Source } from '../../../src/ports/source.ts'
import { FakeClock } from '../fake-clock.ts'
import { FakeStorage } from '../fake-storage.ts'
import { FakeCommits, readAll } from '../source-memory.ts'

const IN = 'file:///data/in'

function open(body: string | Uint8Array, options: Record<string, unknown>): Source {
  const storage = new FakeStorage()
  storage.write(`${IN}/one`, body)
  const descriptor = { kind: 'file', options: { url: IN, newFilesOnly: false, ...options } }
  return fileSourceOpener({ storage, clock: new FakeClock() })(descriptor, 'in')
}

async function rawRecords(source: Source): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for (const range of (await new FakeCommits().plan(source)).ranges) {
    for await (const chunk of source.raw?.read(range, new AbortController().signal) ?? []) records.push(...chunk)
  }
  return records
}

const FORMATS: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['text', 'row row\n\nyour boat', { format: 'text' }],
  ['ndjson', '{"a":1}\n\n[2]\n', { format: 'ndjson' }],
  ['binary-records', 'abcdef', { format: 'binary-records', recordLength: 2 }],
]

for (const [name, body, options] of FORMATS) {
  test(`${name}: decoding the undecoded records gives what is read`, async () => {
    const source = open(body, options)
    const read = (await readAll(source, await new FakeCommits().plan(source))).flat()
    const raw = await rawRecords(source)
    assert.equal(raw.length, 3 - (name === 'ndjson' ? 1 : 0))
    assert.deepEqual(
      raw.map((record) => source.raw?.decode(record)),
      read,
    )
  })
}

test('a line that is no JSON is told from the others, by its line in the file', async () => {
  const source = open('{"a":1}\n\n{oops\n3\n', { format: 'ndjson' })
  const raw = await rawRecords(source)
  assert.deepEqual(
    raw.map(({ payload }) => payload),
    ['{"a":1}', '{oops', '3'],
  )
  const [, bad, last] = raw as [RawRecord, RawRecord, RawRecord]
  const { object, line, etag } = bad.position as Record<string, unknown>
  assert.deepEqual([object, line, typeof etag], [`${IN}/one`, 3, 'string'])
  assert.throws(() => source.raw?.decode(bad), /Line 3 is not JSON .*file:\/\/\/data\/in\/one/)
  assert.equal(source.raw?.decode(last), 3)
})

test('what is left over at the end of binary records is a record that is bad', async () => {
  const source = open('aabbc', { format: 'binary-records', recordLength: 2 })
  const raw = await rawRecords(source)
  assert.deepEqual(
    raw.map(({ payload, position }) => [String(payload), (position as { offset: number }).offset]),
    [
      ['97,97', 0],
      ['98,98', 2],
      ['99', 4],
    ],
  )
  assert.throws(() => source.raw?.decode(raw[2] as RawRecord), /whole records of 2 bytes/)
})

test('a function that decodes gets bytes of its own: the record stays as it came', async () => {
  const source = open('aabb', { format: 'binary-records', recordLength: 2 })
  const [record] = (await rawRecords(source)) as [RawRecord]
  const mine = source.raw?.decode(record)
  assert.ok(mine instanceof Uint8Array)
  mine.fill(0)
  assert.deepEqual(source.raw?.decode(record), new Uint8Array([97, 97]))
})

test('nobody knows which part of a file an element of a user’s decoder is made of', () => {
  const source = open('x', {
    async *decode() {
      yield []
    },
  })
  assert.equal(source.raw, undefined)
})
