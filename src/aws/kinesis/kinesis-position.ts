import type { OffsetRange } from '../../checkpoint/plan.ts'
import { either, isCount, isText, isTrue, like, listOf, mapOf, oneOf, optional } from '../../checkpoint/record-shape.ts'
import type { Json } from '../../checkpoint/stored.ts'
import { SluiceError } from '../../util/errors.ts'

/** Of `ranges` and `next`. */
export const PLAN_VERSION = 1

/**
 * Where reading a shard goes on. Any process can take it up at any later time, which iterators (they expire) and LATEST
 * (it moves) do not allow (rule `latest-pinned-once`).
 */
export type ShardPosition =
  /** Reserved: `subSequence`, the last one read of the records aggregated in this one. */
  | { readonly after: string; readonly subSequence?: number }
  | { readonly at: 'TRIM_HORIZON' }
  /** The first record that arrived at this time or later. */
  | { readonly atMs: number }

export interface HashKeyRange {
  readonly start: string
  readonly end: string
}

/** One shard in `next`. */
export interface ShardState {
  readonly position: ShardPosition
  /** Nothing that is still to be read arrived before this; once the stream's retention is past it, something may be lost. */
  readonly sinceMs?: number
  /** Read to its end; kept while a child waits for its other parent. */
  readonly endOfShard?: true
  /** Are read to their ends before this one is begun. */
  readonly parents?: readonly string[]
  readonly hashKeyRange?: HashKeyRange
}

/** What `next` is. */
export interface StreamPosition {
  readonly shards: { readonly [shardId: string]: ShardState }
}

/** The records of one shard in one plan, both ends included. */
export interface SequenceRange {
  readonly shardId: string
  readonly first: string
  readonly last: string
  readonly records: number
}

export interface RangeFacts {
  readonly bytes: number
  readonly endOfShard: boolean
}

/** Reserved in both ends: `subSequence`, where a range begins or ends inside an aggregated record. */
export function offsetRange(range: SequenceRange, { bytes, endOfShard }: RangeFacts): OffsetRange {
  return {
    partition: range.shardId,
    from: { at: range.first },
    until: { after: range.last, ...(endOfShard ? { endOfShard } : {}) },
    records: range.records,
    bytes,
  }
}

/** What `offsetRange` wrote, however long ago. */
export function sequenceRange(range: OffsetRange): SequenceRange {
  const first = field(range.from, 'at')
  const last = field(range.until, 'after')
  if (typeof first === 'string' && typeof last === 'string' && range.records !== undefined) {
    return { shardId: range.partition, first, last, records: range.records }
  }
  throw unreadable(`the range of ${range.partition}`, { from: range.from, until: range.until })
}

/** The `next` of the last commit. */
export function streamPosition(next: Json): StreamPosition {
  const shards = field(next, 'shards')
  if (areShards(shards)) return { shards }
  throw unreadable('the position of a Kinesis stream', next)
}

const areShards = (value: unknown): value is StreamPosition['shards'] => mapOf(shardState)(value)

const shardState = like({
  position: either(
    like({ after: isText, subSequence: optional(isCount) }),
    like({ at: oneOf('TRIM_HORIZON') }),
    like({ atMs: Number.isFinite }),
  ),
  sinceMs: optional(Number.isFinite),
  endOfShard: optional(isTrue),
  parents: optional(listOf(isText)),
  hashKeyRange: optional(like({ start: isText, end: isText })),
})

function field(value: Json, name: string): unknown {
  return typeof value === 'object' && value !== null ? { ...value }[name as never] : undefined
}

function unreadable(what: string, value: unknown): SluiceError {
  return new SluiceError({
    code: 'plan-unreadable',
    kind: 'data',
    message: `The checkpoint's record of ${what} cannot be understood; was it made by another version? ${JSON.stringify(value)}`,
  })
}
