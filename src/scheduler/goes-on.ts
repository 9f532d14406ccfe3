import { nextBatchTime } from '../checkpoint/grid.ts'
import type { Invocation } from './invocation.ts'

/** Whether this invocation goes on after the batch that it is about to commit. */
export function goesOn(run: Invocation): boolean {
  const { options, runtime } = run
  if (batchesLeft(run) <= 1) return false
  const { head } = run.head
  const next = nextBatchTime(head) + head.batchIntervalMs
  return options.due === 'source' || next <= Math.max(runtime.clock.now(), options.waitUntilMs ?? 0)
}

/** Batches that this invocation may still run. */
export function batchesLeft({ options, reports }: Invocation): number {
  if (options.stop?.aborted === true) return 0
  return (options.maxBatches ?? Number.POSITIVE_INFINITY) - reports.length
}
