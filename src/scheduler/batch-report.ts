import type { BatchTime } from '../checkpoint/attempt.ts'
import type { DeadLetters } from '../checkpoint/dead-letters.ts'
import type { BatchStats, Beginning, Manifest } from '../checkpoint/manifest.ts'
import type { RDD } from '../rdd/rdd.ts'

/** What became of one committed batch, for people and programs (Spark's `BatchInfo`). */
export interface BatchReport {
  readonly batchTime: BatchTime
  /** Records read, over all streams. */
  readonly records: number
  readonly recordsByStream: Readonly<Record<string, number>>
  /** Where outputs became visible: the final prefixes. */
  readonly outputs: readonly string[]
  readonly submissionTime: number
  readonly processingStartTime: number
  readonly processingEndTime: number
  readonly schedulingDelayMs: number
  readonly processingDelayMs: number
  readonly totalDelayMs: number
  /** How often the batch was begun until it was committed. */
  readonly attempt: number
  /** Records that were read, left out as they are bad, and set apart; absent if there are none. */
  readonly deadLetters?: number
  /** Dead letters of earlier batches that this one read again. */
  readonly retriedLetters?: number
  /** Set when the batch was given up by an explicit act. */
  readonly skipped?: { readonly reason: string }
  /** Set when no batch was run: an incarnation begins here. */
  readonly began?: Beginning
}

/** A batch that failed, and why. */
export interface BatchFailure {
  /** Absent when not even a plan could be made. */
  readonly batchTime?: BatchTime
  readonly code: string
  readonly message: string
}

/** Hears of every batch as it ends. Must not throw. */
export interface BatchObserver {
  batchCommitted?(report: BatchReport, manifest: Manifest): void
  /**
   * A batch that was committed before was made visible now. Whoever committed it may have told of it, or may not have lived to:
   * for those who would rather hear twice than not at all.
   */
  publishRedone?(report: BatchReport, manifest: Manifest): void
  batchFailed?(failure: BatchFailure): void
  /** A `foreachRDD` function has ended well; its batch goes on when the promise resolves, and may yet fail and call it again. */
  foreachEnded?(call: EndedForeach): Promise<void>
}

/** What a `foreachRDD` function was called with. */
export interface EndedForeach {
  readonly output: string
  readonly batchTime: BatchTime
  readonly token: string
  readonly dataset: RDD<unknown>
}

function lettersOf({ deadLetters }: Manifest): Pick<BatchReport, 'deadLetters' | 'retriedLetters'> {
  const [made, retried] = [recordsOf(deadLetters?.made), recordsOf(deadLetters?.retried)]
  return { ...(made === 0 ? {} : { deadLetters: made }), ...(retried === 0 ? {} : { retriedLetters: retried }) }
}

function recordsOf(letters: readonly DeadLetters[] = []): number {
  return letters.reduce((sum, { records }) => sum + records, 0)
}

/** A committed batch as its manifest tells it. */
export function batchReport(manifest: Manifest, stats: BatchStats = manifest.stats): BatchReport {
  const { submissionTime, processingStartTime, processingEndTime, records, attempts } = stats
  return {
    batchTime: manifest.attempt.batchTime,
    records: Object.values(records).reduce((sum, count) => sum + count, 0),
    recordsByStream: records,
    outputs: manifest.outputs.flatMap(({ destination }) => (destination === undefined ? [] : [destination])),
    submissionTime,
    processingStartTime,
    processingEndTime,
    schedulingDelayMs: processingStartTime - submissionTime,
    processingDelayMs: processingEndTime - processingStartTime,
    totalDelayMs: processingEndTime - submissionTime,
    attempt: attempts,
    ...lettersOf(manifest),
    ...(manifest.skipped === undefined ? {} : { skipped: manifest.skipped }),
    ...(manifest.began === undefined ? {} : { began: manifest.began }),
  }
}
