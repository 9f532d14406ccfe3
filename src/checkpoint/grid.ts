import type { BatchTime } from './attempt.ts'
import type { Head } from './head.ts'

/** Z of an application that starts now: the last multiple of B since the epoch that is not after now (Spark's rule). */
export function zeroTimeAt(nowMs: number, batchIntervalMs: number): number {
  return Math.floor(nowMs / batchIntervalMs) * batchIntervalMs
}

/** The first time on the grid Z + k·B, k ≥ 1, after `afterMs`. */
export function nextOnGrid(zeroTime: number, batchIntervalMs: number, afterMs: number): BatchTime {
  const k = Math.floor((afterMs - zeroTime) / batchIntervalMs) + 1
  return zeroTime + Math.max(1, k) * batchIntervalMs
}

/** The batch that comes after the last committed one. No tick is left out, however late (P2). */
export function nextBatchTime(head: Pick<Head, 'zeroTime' | 'batchIntervalMs' | 'committed'>): BatchTime {
  return nextOnGrid(head.zeroTime, head.batchIntervalMs, head.committed?.attempt.batchTime ?? head.zeroTime)
}
