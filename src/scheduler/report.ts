import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { type BatchFailure, type BatchReport, batchReport } from './batch-report.ts'
import type { CommitPermit } from './commit.ts'
import type { Invocation } from './invocation.ts'

/** The last step of a batch: what happened goes to metrics, log and observers. */
export async function reportBatch(run: Invocation, { manifest }: CommitPermit): Promise<void> {
  const report = batchReport(manifest, { ...manifest.stats, processingEndTime: run.runtime.clock.now() })
  run.reports.push(report)
  tell(run, report, manifest)
}

/**
 * Reports a batch whose publish was done again: whoever committed it may not have lived to tell. It may have, so reports are at
 * least once; what this invocation counts as its own batches leaves it out.
 */
export function reportRedone(run: Invocation, manifest: Manifest): void {
  tell(run, batchReport(manifest), manifest)
}

function tell(run: Invocation, report: BatchReport, manifest: Manifest): void {
  const { app, log, metrics, clock, observers, warm } = run.runtime
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
  for (const observer of observers) observer.batchFailed?.(failure)
}
