import { sameAttempt } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { type BatchReport, batchReport } from './batch-report.ts'

/** `committed`: not known to be visible yet, which the next run sees to first. `began`: no batch, but a new incarnation. */
export type BatchState = 'published' | 'committed' | 'skipped' | 'began'

/** A retained batch, and what became of it. */
export interface ListedBatch extends BatchReport {
  readonly state: BatchState
  /** Of all its output files. */
  readonly outputBytes: number
}

export function listedBatch(head: Head, manifest: Manifest): ListedBatch {
  const files = manifest.outputs.flatMap(({ files }) => files)
  return {
    ...batchReport(manifest),
    state: stateOf(head, manifest),
    outputBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

function stateOf({ committed }: Head, { attempt, skipped, began }: Manifest): BatchState {
  if (began !== undefined) return 'began'
  if (skipped !== undefined) return 'skipped'
  const isOpen = committed !== undefined && !committed.published && sameAttempt(committed.attempt, attempt)
  return isOpen ? 'committed' : 'published'
}
