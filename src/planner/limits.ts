import type { PlanLimits } from '../checkpoint/plan.ts'

/** What an invocation can hold and how long it has: all that bounds a plan when no setting does. */
export interface Capacity {
  readonly memoryBytes: number
  readonly timeLeftMs: number
  /** 1 at first; halved each time that a plan of that size did not finish before the deadline. */
  readonly share: number
}

/** Sources that are read while they are planned hold the whole batch in memory; the others stream it. */
export type Reading = 'spooled' | 'streamed'

/** Of the memory, what a spooled batch may take: decoded records need several times their bytes. */
const SPOOL_SHARE = 1 / 16

/** What one core gets through at least, and the part of the time left that may be planned for. */
const BYTES_PER_MS = 4_000
const RECORDS_PER_MS = 40
/** To open a file in a store far away, and to write the part that mostly comes of it, a few of them at once. */
const MS_PER_FILE = 10
const TIME_SHARE = 0.5
/**
 * Of the time left, what reading for a plan may take. A shard of Kinesis gives 2 MB a second, so that all the bytes that there is
 * time to work on would be read until the very end, again and again, as a plan that was not cut is in no head.
 */
const READ_SHARE = 0.25

const LARGEST_STREAMED_BYTES = 1 << 30

/**
 * How much one batch may take from one stream. A backlog of a day becomes many batches, none larger than the invocation
 * can hold and finish; the rest waits for the next.
 */
export function planLimits(reading: Reading, { memoryBytes, timeLeftMs, share }: Capacity): PlanLimits {
  const time = Math.max(1, timeLeftMs * TIME_SHARE)
  const room = reading === 'spooled' ? memoryBytes * SPOOL_SHARE : LARGEST_STREAMED_BYTES
  return {
    maxBytes: Math.max(1, Math.floor(Math.min(room, time * BYTES_PER_MS) * share)),
    maxRecords: Math.max(1, Math.floor(time * RECORDS_PER_MS * share)),
    maxFiles: Math.max(1, Math.floor((time / MS_PER_FILE) * share)),
    readMs: Math.max(1, timeLeftMs * READ_SHARE * share),
  }
}
