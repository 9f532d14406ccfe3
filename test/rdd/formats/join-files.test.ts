import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileDecoder } from '../../../src/rdd/formats/decoder.ts'
import { elementFormat, pairFormat } from '../../../src/rdd/formats/named-format.ts'
import { readNdjson } from '../../../src/rdd/formats/ndjson-format.ts'
import { readObjectFile } from '../../../src/rdd/formats/object-file.ts'
import { joinOf, type OutputFormat } from '../../../src/rdd/formats/output-format.ts'
import { readSequenceFile } from '../../../src/rdd/formats/read-sequence-file.ts'
import { decoded, encoded, part } from './encoded.ts'
import { parseSequenceFile } from './parse-sequence-file.ts'

type Pair = readonly [string, number]

const pairs = (count: number, at = 0): Pair[] => Array.from({ length: count }, (_, i) => [`key ${at + i}`, at + i])
const FILES: readonly Pair[][] = [pairs(3), pairs(1, 3), pairs(20_000, 4), pairs(2, 20_004)]
const sequence = pairFormat({ format: 'sequence' }) as OutputFormat<unknown>

async function joined(format: OutputFormat<unknown>, files: readonly Uint8Array[], size = 4099): Promise<Buffer> {
  async function* cut(file: Uint8Array) {
    for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size)
  }
  const join = joinOf(format)
  assert.ok(join)
  const pieces: Uint8Array[] = []
  for await (const piece of join(files.map(cut))) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

/** Each by another writer, as files of different partitions are. */
function filesOf(format: OutputFormat<unknown>): Buffer[] {
  return FILES.map((elements, partition) => encoded(format, [elements], { partition, identity: `${partition}` }))
}

const readers: [string, OutputFormat<unknown>, FileDecoder<unknown>][] = [
  ['NDJSON', elementFormat('ndjson'), readNdjson],
  ['object files', elementFormat('object'), readObjectFile],
  ['SequenceFiles', sequence, readSequenceFile],
]

for (const [name, format, read] of readers) {
  test(`${name} that are joined are one file of all their elements, wherever their bytes are cut`, async () => {
    const files = filesOf(format)
    const one = await joined(format, files)
    assert.deepEqual(await decoded(read, one, 5003), FILES.flat())
    for (const size of [1, 11, 12, 13]) {
      const few = files.filter((_, i) => i !== 2)
      assert.deepEqual(
        await decoded(read, await joined(format, few, size)),
        FILES.flatMap((f, i) => (i === 2 ? [] : f)),
      )
    }
    assert.ok((await joined(format, files, 7001)).equals(one))
    assert.deepEqual(await decoded(read, await joined(format, [one, files[3] as Buffer]), 5003), [
      ...FILES.flat(),
      ...(FILES[3] as Pair[]),
    ])
  })
}

test('a joined SequenceFile has one header, and its own markers as often as a file written at once', async () => {
  const file = parseSequenceFile(await joined(sequence, filesOf(sequence)))
  const atOnce = parseSequenceFile(encoded(sequence, [FILES.flat()], { partition: 0, identity: '0' }))
  assert.ok(atOnce.syncs.length >= 3)
  assert.deepEqual(file, atOnce)
})

test('lines are joined as they are, a header once, even if it arrives in pieces', async () => {
  const text = elementFormat('text')
  assert.equal((await joined(text, [encoded(text, [['a']]), encoded(text, [['b', 'c']])])).toString(), 'a\nb\nc\n')
  const csv: OutputFormat<unknown> = { header: 'größe\n', encode: (value) => `${value}\n` }
  const files = [[1], [2], [3]].map((elements) => encoded(csv, [elements], part))
  for (const size of [1, 2, 100]) assert.equal((await joined(csv, files, size)).toString(), 'größe\n1\n2\n3\n')
})

test('a format that does not say how its files are joined has no join', () => {
  assert.equal(joinOf({ open: () => ({ encode: () => '' }) }), undefined)
})
