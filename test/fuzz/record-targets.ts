import {
  type DecodeRecord,
  decodeDeadLetters,
  decodeManifest,
  decodePlan,
  decodeSavepoint,
  decodeSegment,
  decodeSegmentOrManifest,
} from '../../src/checkpoint/decode-record.ts'
import { decodeHead, encodeHead } from '../../src/checkpoint/head-json.ts'
import { attemptOf, blockName, streamOfBlock } from '../../src/checkpoint/names.ts'
import { decodeLetters, letterLines, recordOf } from '../../src/scheduler/dead-letters/dead-letter.ts'
import type { Random } from '../../src/util/random.ts'
import { letters, rangeLetter } from '../checkpoint/sample-letters.ts'
import { manifest, plan, savepoint, segment } from '../checkpoint/sample-records.ts'
import { fullHead } from '../contracts/head-register.contract.ts'
import type { FuzzTarget } from './fuzz.ts'
import { mutateJson } from './mutate-json.ts'

const WHERE = 'file:///checkpoint/app'
const utf8 = new TextEncoder()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const head = { ...fullHead('app', 7), history: { recent: [{ kind: 'inline', value: manifest }] } } as const
const deadLetters = {
  formatVersion: 1,
  open: [
    { stream: 'in', kind: 'file', batchTime: 1, records: 1, object: { key: 'a', sizeBytes: 1, crc32c: '00000000' } },
  ],
}
const names = ['app/i000001/t000000000042/b000001700000000000-01/changelog', 'app/blocks/in/s%20s/000000000001-7']

/** Twice each: something happens to the bytes, and something to what they say. What was read can be written and walked. */
function recordTargets(name: string, decode: DecodeRecord<unknown>, sample: unknown): readonly FuzzTarget[] {
  const samples = [utf8.encode(JSON.stringify(sample))]
  const read = (bytes: Uint8Array) => {
    const record = decode(text(bytes), WHERE)
    JSON.stringify(record)
    return record
  }
  return [
    { name, samples, decode: read },
    {
      name: `${name}-fields`,
      samples,
      decode: read,
      mutate: (bytes, random) => utf8.encode(mutateJson(text(bytes), random)),
    },
  ]
}

function readHead(stored: string, where: string): unknown {
  const read = decodeHead(stored, where)
  encodeHead(read)
  return read
}

/** Also what a retry makes of them. */
function readLetters(bytes: Uint8Array): unknown {
  const read = decodeLetters(text(bytes), WHERE)
  for (const letter of read) if (letter.payload.kind !== 'range') recordOf(letter)
  letterLines(read)
  return read
}

function mutateLetter(bytes: Uint8Array, random: Random): Uint8Array {
  const lines = text(bytes).trimEnd().split('\n')
  const at = random.nextInt(lines.length)
  return utf8.encode(lines.map((line, i) => `${i === at ? mutateJson(line, random) : line}\n`).join(''))
}

const letterSamples = [letterLines(letters), letterLines([rangeLetter])]

export const jsonTargets: readonly FuzzTarget[] = [
  ...recordTargets('head', readHead, head),
  ...recordTargets('plan', decodePlan, plan),
  ...recordTargets('manifest', decodeManifest, manifest),
  ...recordTargets('history-segment', decodeSegment, segment),
  ...recordTargets('segment-or-manifest', decodeSegmentOrManifest, segment),
  ...recordTargets('savepoint', decodeSavepoint, savepoint),
  ...recordTargets('dead-letters', decodeDeadLetters, deadLetters),
  { name: 'letters', samples: letterSamples, decode: readLetters },
  { name: 'letters-fields', samples: letterSamples, decode: readLetters, mutate: mutateLetter },
  {
    name: 'object-names',
    total: true,
    samples: names.map((name) => utf8.encode(name)),
    decode: (bytes) => [attemptOf(text(bytes)), blockName(text(bytes)), streamOfBlock(text(bytes))],
  },
]
