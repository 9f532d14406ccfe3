import type { BatchTime } from '../checkpoint/attempt.ts'
import type { BatchStats, Manifest } from '../checkpoint/manifest.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import type { CommitPermit } from './commit.ts'
import type { Invocation } from './invocation.ts'

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
}

export interface BatchFailure {
  /** Absent when not even a plan could be made. */
  readonly batchTime?: BatchTime
  readonly code: string
  readonly message: string
}

/** Hears of every batch as it ends. Must not throw. */
export interface BatchObserver {
  batchCommitted?(report: BatchReport, manifest: Manifest): void
  batchFailed?(failure: BatchFailure): void
}

/** The last step of a batch: what happened goes to metrics, log and observers. */
export async function reportBatch(run: Invocation, { manifest }: CommitPermit): Promise<void> {
  const { app, log, metrics, clock, observers, warm } = run.runtime
  const stats = { ...manifest.stats, processingEndTime: clock.now() }
  const report = batchReport(manifest, stats)
  run.reports.push(report)
  const dimensions = { Application: app }
  metrics.record('BatchCommitted', 1, 'Count', dimensions)
  metrics.record('Records', report.records, 'Count', dimensions)
  metrics.record('SchedulingDelay', report.schedulingDelayMs, 'Milliseconds', dimensions)
  metrics.record('ProcessingDelay', report.processingDelayMs, 'Milliseconds', dimensions)
  metrics.record('TotalDelay', report.totalDelayMs, 'Milliseconds', dimensions)
  metrics.record('BatchAge', Math.max(0, clock.now() - report.batchTime), 'Milliseconds', dimensions)
  log.info('batch-committed', { app, ...report })
  for (const source of warm.sources.values()) source.release?.(report.batchTime)
  for (const observer of observers) observer.batchCommitted?.(report, manifest)
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
  }
}

export function reportFailure(run: Invocation, batchTime: BatchTime | undefined, cause: unknown): void {
  const { app, log, metrics, observers } = run.runtime
  const failure: BatchFailure = {
    ...(batchTime === undefined ? {} : { batchTime }),
    code: cause instanceof SluiceError ? cause.code : 'unexpected',
    message: messageOf(cause),
  }
  metrics.record('BatchFailed', 1, 'Count', { Application: app })
  log.error('batch-failed', { app, ...failure })
  for (const observer of observers) observer.batchFailed?.(failure)
}
