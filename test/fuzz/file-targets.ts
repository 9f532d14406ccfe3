import { gunzipSync, gzipSync } from 'node:zlib'
import { decodeBlock, encodeBlock } from '../../src/connectors/receiver/stored-block.ts'
import { gunzipFile, standardGunzip } from '../../src/rdd/formats/gunzip.ts'
import { readNdjson } from '../../src/rdd/formats/ndjson-format.ts'
import { objectFormat, readObjectFile } from '../../src/rdd/formats/object-file.ts'
import { readSequenceFile } from '../../src/rdd/formats/read-sequence-file.ts'
import { sequenceFormat } from '../../src/rdd/formats/sequence-file.ts'
import { fromBase64 } from '../../src/util/base64.ts'
import { decodeValue, encodeValue } from '../../src/util/codec.ts'
import { concatBytes } from '../../src/util/concat-bytes.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import type { Random } from '../../src/util/random.ts'
import { encoded } from '../rdd/formats/encoded.ts'
import type { FuzzTarget } from './fuzz.ts'
import { mutateJson } from './mutate-json.ts'

const FILE = { url: 'file:///in/part' }
const utf8 = new TextEncoder()

const VALUES: readonly unknown[] = [
  [1, -1, 2 ** 40, 0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 10n ** 30n, -1n],
  { name: 'ü𐀀', list: ['x'.repeat(40), undefined, null], nested: { a: { b: [true, false] } } },
  new Map<unknown, unknown>([
    [{ key: 1 }, new Set([1, 'a'])],
    ['\ud800', new Date(1e12)],
  ]),
  [Uint8Array.of(1, 2, 3), Float64Array.of(0.5), new ArrayBuffer(3), Object.create(null)],
]

/** In chunks of a size that cuts everything somewhere. */
async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37)
}

async function all<T>(parts: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const elements: T[] = []
  for await (const part of parts) elements.push(...part)
  return elements
}

/** A value that was read can be written, and read again as the same. */
function survives(value: unknown): string | undefined {
  const bytes = encodeValue(value)
  const again = encodeValue(decodeValue(bytes))
  return Buffer.compare(bytes, again) === 0 ? undefined : 'it reads a value that changes when it is written'
}

function resealedBlock(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (copy.length >= 12) new DataView(copy.buffer).setUint32(4, crc32c(copy.subarray(8)))
  return copy
}

/** Frame by frame, as far as there are frames. */
function resealedFrames(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  for (let at = 8; at + 12 <= copy.length; ) {
    const size = view.getUint32(at, true)
    const values = copy.subarray(at + 12, at + 12 + size)
    view.setUint32(at + 8, crc32c(values, crc32c(copy.subarray(at, at + 8))), true)
    at += 12 + size
  }
  return copy
}

function mutateLine(sample: Uint8Array, random: Random): Uint8Array {
  const lines = new TextDecoder().decode(sample).trimEnd().split('\n')
  const at = random.nextInt(lines.length)
  return utf8.encode(
    `${lines.map((line, i) => (i === at && line !== '' ? mutateJson(line, random) : line)).join('\n')}\n`,
  )
}

const ndjson = utf8.encode('{"a":[1,{"b":null}],"c":"x"}\n[1,2,[3]]\n\n"text"\n')
const objects = Uint8Array.from(encoded(objectFormat, [VALUES, VALUES]))
const PAIRS: readonly (readonly [unknown, unknown])[] = [
  ['a', 1],
  ['ü'.repeat(80), 2],
  ['', -3],
]
const sequence = Uint8Array.from(encoded(sequenceFormat(), [PAIRS]))
const gzip = Uint8Array.from(gzipSync('row row row your boat\n'.repeat(20)))

export const fileTargets: readonly FuzzTarget[] = [
  { name: 'value', samples: VALUES.map(encodeValue), decode: decodeValue, check: survives },
  {
    name: 'received-block',
    samples: [encodeBlock(VALUES, { sequence: 1 })],
    decode: (bytes) => decodeBlock(bytes, FILE.url),
    sealed: true,
  },
  {
    name: 'received-block-content',
    samples: [encodeBlock(VALUES, { sequence: 1 })],
    decode: (bytes) => decodeBlock(bytes, FILE.url),
    reseal: resealedBlock,
  },
  {
    name: 'object-file',
    samples: [objects],
    decode: (bytes) => all(readObjectFile(chunks(bytes), FILE)),
    sealed: true,
  },
  {
    name: 'object-file-frames',
    samples: [objects],
    decode: (bytes) => all(readObjectFile(chunks(bytes), FILE)),
    reseal: resealedFrames,
  },
  { name: 'sequence-file', samples: [sequence], decode: (bytes) => all(readSequenceFile(chunks(bytes), FILE)) },
  { name: 'ndjson', samples: [ndjson], decode: (bytes) => all(readNdjson(chunks(bytes), FILE)) },
  {
    name: 'ndjson-values',
    samples: [ndjson],
    decode: (bytes) => all(readNdjson(chunks(bytes), FILE)),
    mutate: mutateLine,
    total: true,
  },
  {
    name: 'gzip',
    samples: [gzip],
    decode: async (bytes) => {
      const parts: Uint8Array[] = []
      for await (const part of gunzipFile(chunks(bytes), FILE.url, standardGunzip)) parts.push(part)
      return concatBytes(parts)
    },
    check: (value) =>
      Buffer.compare(value as Uint8Array, gunzipSync(gzip)) === 0 ? undefined : 'it reads another text',
  },
  { name: 'base64', samples: [utf8.encode(btoa('row row row'))], decode: (bytes) => fromBase64(latin(bytes)) },
]

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
