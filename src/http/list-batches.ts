import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Failure, Head } from '../checkpoint/head.ts'
import { type BatchReport, batchReport } from '../scheduler/batch-report.ts'
import type { Reading } from '../scheduler/given-up.ts'
import { latestBatches } from '../scheduler/past-batch.ts'

/** Committed batches, newest first, and what is planned after them. */
export interface BatchList {
  readonly app: string
  readonly batchIntervalMs: number
  /** Written ahead and not committed: under way, or failing. */
  readonly planned?: PlannedBatch
  readonly batches: readonly ListedBatch[]
  /** Give this as `before` to get the batches before these; absent when there are none. */
  readonly nextBefore?: BatchTime
}

/** A batch that was begun and is not committed. */
export interface PlannedBatch {
  readonly batchTime: BatchTime
  readonly attempts: number
  readonly failure?: Failure
}

/** A committed batch. */
export type ListedBatch = BatchReport

export interface BatchPage {
  readonly limit: number
  /** Only batches before this time. */
  readonly before?: BatchTime
}

export interface Listed extends Reading {
  readonly batchIntervalMs: number
}

export async function listBatches(
  listed: Listed,
  head: Head | undefined,
  { limit, before = Number.POSITIVE_INFINITY }: BatchPage,
): Promise<BatchList> {
  const batches: ListedBatch[] = []
  let more = false
  for await (const manifest of head === undefined ? [] : latestBatches(listed, head)) {
    const { batchTime } = manifest.attempt
    if (batchTime >= before) continue
    // What a reset begins with may have the time of the batch before it, and a page ends between two times.
    more = batches.length >= limit && batchTime !== batches.at(-1)?.batchTime
    if (more) break
    batches.push(batchReport(manifest))
  }
  const last = batches.at(-1)
  return {
    app: listed.app,
    batchIntervalMs: head?.batchIntervalMs ?? listed.batchIntervalMs,
    ...plannedIn(head),
    batches,
    ...(more && last !== undefined ? { nextBefore: last.batchTime } : {}),
  }
}

function plannedIn(head: Head | undefined): Pick<BatchList, 'planned'> {
  if (head?.planned === undefined) return {}
  const { batchTime, attempts, failure } = head.planned
  return { planned: { batchTime, attempts, ...(failure === undefined ? {} : { failure }) } }
}
