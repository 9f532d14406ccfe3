import type { OperationRun } from 'sluice/testing'
import { UnknownOperation } from './any-stream.ts'
import type { CaseParams } from './case.ts'

/** How a case's run ended, if not as it should. */
export interface FailureFacts {
  readonly params: CaseParams
  readonly run: OperationRun<unknown>
  /** Of the last stream; `undefined` if the pipeline was refused. */
  readonly slideMs: number | undefined
}

/**
 * What is wrong with how a run ended; `undefined`: what came out of it is to be compared.
 *
 * Spark makes the datasets of a slow window's parent when the window fires, Sluice in each batch, whose input is gone
 * after its commit. So a batch that cannot be computed fails at its own time here, and at the next firing there; a
 * program that ends before that firing does not fail there at all. No output lies in between.
 */
export function wrongEnd({ params, run, slideMs }: FailureFacts): string | undefined {
  const { expectError = false, errorAtMs, batchMs = 1000 } = params
  const { error } = run
  if (error === undefined) return expectError && params.queries === undefined ? 'it must fail' : undefined
  if (error instanceof UnknownOperation) return textOf(error)
  const failedAtMs = isBatchFailure(error) ? (run.numBatches + 1) * batchMs : 0
  const firingMs = failedAtMs === 0 ? 0 : nextMultiple(failedAtMs, slideMs ?? batchMs)
  if (!expectError) return failedAtMs > 0 && firingMs > lastBatchMs(params) ? undefined : textOf(error)
  if (errorAtMs === undefined || errorAtMs === firingMs) return undefined
  return `it must fail at ${errorAtMs} ms, not at ${firingMs} ms: ${textOf(error)}`
}

function lastBatchMs({ numBatches, batchMs = 1000 }: CaseParams): number {
  return numBatches === undefined ? Number.POSITIVE_INFINITY : numBatches * batchMs
}

function nextMultiple(timeMs: number, ofMs: number): number {
  return Math.ceil(timeMs / ofMs) * ofMs
}

function isBatchFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'batch-failed'
}

export function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
