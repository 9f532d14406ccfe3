import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockKey, blockName, streamOfBlock } from '../../src/checkpoint/names.ts'
import { BigEndianWriter } from '../../src/rdd/formats/big-endian-writer.ts'
import { readObjectFile } from '../../src/rdd/formats/object-file.ts'
import { readSequenceFile } from '../../src/rdd/formats/read-sequence-file.ts'
import { writeSequenceHeader } from '../../src/rdd/formats/sequence-header.ts'
import { writables } from '../../src/rdd/formats/writables.ts'
import { Block, encodeBlock } from '../../src/state/block.ts'
import { Changelog, encodeChangelog } from '../../src/state/changelog.ts'
import { Rows } from '../../src/state/rows.ts'
import { readingState } from '../../src/state/state-corrupt.ts'
import { fromBase64 } from '../../src/util/base64.ts'
import { TAG } from '../../src/util/codec-format.ts'
import { concatBytes } from '../../src/util/concat-bytes.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import { ValueWriter } from '../../src/util/value-writer.ts'

/*
 * Inputs that decoders once took the wrong way.
 */

const A = { operator: 'a', partition: 0, partitions: 1 }
const STATE_CORRUPT = { name: 'SluiceError', code: 'state-corrupt', kind: 'data' }
const FILE_CORRUPT = { name: 'SluiceError', code: 'file-corrupt', kind: 'data' }
const FILE = { url: 'file:///in/part' }

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function elements<T>(parts: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const part of parts) all.push(...part)
  return all
}

test('a time of state is a number: not an object without a prototype, not a text, not NaN', () => {
  for (const write of [
    (writer: ValueWriter) => writer.raw(Uint8Array.of(TAG.bareObject, 0)),
    (writer: ValueWriter) => writer.value('soon'),
    (writer: ValueWriter) => writer.value(Number.NaN),
  ]) {
    const writer = new ValueWriter(16)
    writer.value('key')
    writer.value(1)
    write(writer)
    const bytes = encodeChangelog(1000, [{ ...A, deletes: 0, puts: 1, timed: true, bytes: writer.toBytes() }])
    const changelog = new Changelog(bytes, 'object')
    assert.throws(() => changelog.applyTo(new Rows(), A), STATE_CORRUPT)
    assert.throws(() => changelog.sections.map((section) => [...changelog.entriesOf(section)]), STATE_CORRUPT)
  }
})

test('a column of a kind that is not known yet is refused, not read as values', () => {
  const bytes = encodeBlock([{ key: 1, value: 1, place: 0, time: 0 }], undefined)
  bytes[1] = 5
  assert.throws(() => readingState('object', () => new Block(bytes, undefined, 'object')), STATE_CORRUPT)
})

test('the places of a block are numbers', () => {
  const writer = new ValueWriter(16)
  writer.uint(1)
  for (const value of [1, 1, 'first']) {
    writer.uint(0)
    writer.value(value)
  }
  assert.throws(() => new Block(writer.toBytes(), undefined, 'object'), STATE_CORRUPT)
})

test('a SequenceFile may have any number of sync markers in a row', async () => {
  const out = new BigEndianWriter()
  const [sync, { className }] = [new Uint8Array(16).fill(7), writables.int]
  writeSequenceHeader(out, { keyClass: className, valueClass: className, sync })
  for (let i = 0; i < 100_000; i++) {
    out.int32(-1)
    out.raw(sync)
  }
  for (const number of [8, 4, 1, 2]) out.int32(number)
  assert.deepEqual(await elements(readSequenceFile(once(out.drain()), FILE)), [[1, 2]])
})

test('a frame of an object file costs no more memory than it has bytes', async () => {
  const frame = new Uint8Array(13)
  const view = new DataView(frame.buffer)
  view.setUint32(0, 1, true)
  view.setUint32(4, 30_000_000, true)
  view.setUint32(8, crc32c(frame.subarray(12), crc32c(frame.subarray(0, 8))), true)
  const bytes = concatBytes([new TextEncoder().encode('SluiceO\x01'), frame])
  await assert.rejects(elements(readObjectFile(once(bytes), FILE)), {
    ...FILE_CORRUPT,
    message: /more values than it has/,
  })
})

test('what others put beside received blocks is none of them, whatever its name', () => {
  for (const name of ['%', '%zz', '%E0%A4%A'].map((part) => `app/blocks/${part}x/${part}x/000000000001-7`)) {
    assert.equal(blockName(name), undefined)
    assert.equal(streamOfBlock(name), undefined)
  }
  assert.equal(blockName(`app/blocks/in/s/${'9'.repeat(30)}-7`), undefined)
  for (const stream of ['in', '', 'a/b%']) {
    const key = blockKey('app', stream, { session: stream, number: 3, records: 7 })
    assert.deepEqual([streamOfBlock(key), blockName(key)], [stream, { session: stream, number: 3, records: 7 }])
  }
})

test('text that is not base64 is damage', () => {
  assert.throws(() => fromBase64('~'), { name: 'SluiceError', code: 'value-corrupt', kind: 'data' })
})
