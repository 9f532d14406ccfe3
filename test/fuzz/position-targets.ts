import { sequenceRange, streamPosition } from '../../src/aws/kinesis/kinesis-position.ts'
import { frontCode, frontDecode } from '../../src/connectors/file/front-coding.ts'
import { fileOfRange, sourceChanged } from '../../src/connectors/file/planned-file.ts'
import type { FuzzTarget } from './fuzz.ts'
import { mutateJson } from './mutate-json.ts'

/** Records that are nested deeper were refused before. */
const DEPTH = 250

/** What sources find of their own in a plan or a position, which is JSON for all others. */
function positionTarget(name: string, sample: unknown, read: (json: never) => unknown): FuzzTarget {
  const [utf8, text] = [new TextEncoder(), new TextDecoder()]
  return {
    name,
    samples: [utf8.encode(JSON.stringify(sample))],
    decode: (bytes) => read(JSON.parse(text.decode(bytes)) as never),
    mutate(bytes, random) {
      const mutant = mutateJson(text.decode(bytes), random, DEPTH)
      return utf8.encode(mutant === '' ? 'null' : mutant)
    },
  }
}

const range = { partition: 'a', from: { offset: 0 }, until: { offset: 7, etag: '"e"', mtimeMs: 1e12 }, bytes: 7 }
const sequence = { partition: 'shard', from: { at: '1' }, until: { after: '9' }, records: 3, bytes: 7 }
const shards = {
  a: { position: { after: '1' }, sinceMs: 1, parents: ['b'], hashKeyRange: { start: '0', end: '9' } },
  b: { position: { at: 'TRIM_HORIZON' }, endOfShard: true },
  c: { position: { atMs: 5 } },
}

export const positionTargets: readonly FuzzTarget[] = [
  positionTarget('front-coding', frontCode(['in/a-1', 'in/a-2', 'in/b']), (json) => [...frontDecode(json)]),
  positionTarget('file-range', range, (json) => sourceChanged(fileOfRange(withFields(json))).message),
  positionTarget('kinesis-range', sequence, (json) => sequenceRange(withFields(json))),
  positionTarget('kinesis-position', { shards }, (json) => {
    const { shards } = streamPosition(json)
    return Object.values(shards).map(({ position, parents = [] }) => [Object.keys(position), ...parents])
  }),
]

/** That ranges have these fields, and that the name of a partition is a text, is checked with the plan. */
function withFields(json: unknown): never {
  return { from: null, until: null, ...(json as object), partition: 'a' } as never
}
