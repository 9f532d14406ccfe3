import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { type BatchFailure, type BatchReport, batchReport } from './batch-report.ts'
import type { CommitPermit } from './commit.ts'
import type { Invocation } from './invocation.ts'

/** The last step of a batch: what happened goes to metrics, log and observers. */
export function reportBatch(run: Invocation, { manifest }: CommitPermit): void {
  const report = batchReport(manifest, { ...manifest.stats, processingEndTime: run.runtime.clock.now() })
  run.reports.push(report)
  record(run, report, manifest)
  run.progress?.end(report.recordsByStream)
  for (const observer of run.runtime.observers) observer.batchCommitted?.(report, manifest)
}

/** A publish that was done again. Metrics count the batch: who committed it most likely did not live to. */
export function reportRedone(run: Invocation, manifest: Manifest): void {
  const report = batchReport(manifest)
  record(run, report, manifest)
  for (const observer of run.runtime.observers) observer.publishRedone?.(report, manifest)
}

function record(run: Invocation, report: BatchReport, manifest: Manifest): void {
  const { app, log, metrics, clock, warm } = run.runtime
  const dimensions = { Application: app }
  metrics.record('BatchCommitted', 1, 'Count', dimensions)
  metrics.record('Records', report.records, 'Count', dimensions)
  metrics.record('SchedulingDelay', report.schedulingDelayMs, 'Milliseconds', dimensions)
  metrics.record('ProcessingDelay', report.processingDelayMs, 'Milliseconds', dimensions)
  metrics.record('TotalDelay', report.totalDelayMs, 'Milliseconds', dimensions)
  metrics.record('BatchAge', Math.max(0, clock.now() - report.batchTime), 'Milliseconds', dimensions)
  if (report.deadLetters !== undefined) metrics.record('DeadLetters', report.deadLetters, 'Count', dimensions)
  log.info('batch-committed', { app, ...report })
  for (const { stream, records } of manifest.deadLetters?.made ?? [])
    log.warn('records-set-apart', { app, batchTime: report.batchTime, stream, records })
  for (const source of warm.sources.values()) source.release?.(report.batchTime)
}

/** A failed attempt is told wherever a commit would be. */
export function reportFailure(run: Invocation, batchTime: BatchTime | undefined, cause: unknown): void {
  const { app, log, metrics, observers } = run.runtime
  const failure: BatchFailure = {
    ...(batchTime === undefined ? {} : { batchTime }),
    code: cause instanceof SluiceError ? cause.code : 'unexpected',
    message: messageOf(cause),
  }
  metrics.record('BatchFailed', 1, 'Count', { Application: app })
  log.error('batch-failed', { app, ...failure })
  run.progress?.end()
  for (const observer of observers) observer.batchFailed?.(failure)
}
