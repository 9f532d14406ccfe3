import type { BatchTime } from './attempt.ts'
import type { Head } from './head.ts'

/** Which committed batches keep what replaying them takes, and how often the rest is collected. */
export interface Retention {
  /** So many are kept in any case. */
  readonly batches: number
  /** Those that are younger than this are kept, too, by their batch times and that of the newest, … */
  readonly ageMs: number
  /** … but never more than this: collection reads the manifests of all. */
  readonly most: number
  /** Batch time from one collection to the next: each lists everything that is there. */
  readonly everyMs: number
}

/** A day, but what a collection reads of one-second batches stays within seconds. */
export const DEFAULT_RETENTION: Retention = {
  batches: 100,
  ageMs: 24 * 60 * 60_000,
  most: 1_440,
  everyMs: 60 * 60_000,
}

/** Whether the batch that is `place` batches older than the newest is kept. */
export function isRetained(
  { batches, ageMs, most }: Retention,
  { place, batchTime, newest }: { readonly place: number; readonly batchTime: BatchTime; readonly newest: BatchTime },
): boolean {
  return place < batches || (place < most && newest - batchTime < ageMs)
}

/** So old is what a replay wrote last, at the least, when it goes: none takes so long from one file to the next. */
const LEAST_SHADOW_MS = 24 * 60 * 60_000

/**
 * How long what a replay wrote stays after the last of it. A clock decides here, and may: what goes can be made again.
 * (`shadows-end`)
 */
export function shadowAgeMs({ ageMs }: Retention): number {
  return Math.max(ageMs, LEAST_SHADOW_MS)
}

/** Whether enough batch time has gone by since the last collection; never twice after one batch. Goes by no clock. */
export function isCollectionDue({ everyMs }: Retention, head: Head): boolean {
  return notCollectedMs(head) >= Math.max(everyMs, 1)
}

/** Whether it should have been: nobody has found the time. */
export function isCollectionOverdue({ everyMs }: Retention, head: Head): boolean {
  return notCollectedMs(head) >= Math.max(2 * everyMs, 1)
}

function notCollectedMs({ committed, collected, zeroTime }: Head): number {
  return committed === undefined ? 0 : committed.attempt.batchTime - (collected ?? zeroTime)
}
