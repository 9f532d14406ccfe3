import type { BatchTime } from '../checkpoint/attempt.ts'
import { nextBatchTime } from '../checkpoint/grid.ts'
import type { NewPlan } from '../checkpoint/transitions.ts'
import type { BatchProgress } from './batch-progress.ts'
import type { BatchReport } from './batch-report.ts'
import type { OwnHead } from './own-head.ts'
import type { Runtime } from './runtime.ts'

export interface InvocationOptions {
  /** When this invocation will be ended from outside, milliseconds since the epoch; infinite where nobody will. */
  readonly deadlineMs: number
  /** What runs is stopped this long before the deadline, to leave the time that ending in order takes. */
  readonly marginMs: number
  /** No batch begins from here on; by default where the deadline's margin begins. */
  readonly beginUntilMs?: number
  /** `clock`: run what the clock says is due. `source`: run batch after batch until the sources have nothing. */
  readonly due: 'clock' | 'source'
  /** Wait up to here for a batch time, for a failed plan's rest, for another's lease. By default not at all. */
  readonly waitUntilMs?: number
  readonly maxBatches?: number
  /** A schedule begins the next invocation: what can wait for that need not be waited for here. */
  readonly scheduled?: boolean
  /** How long a lease is taken for where the deadline is further off; by default as long as leases may last. */
  readonly leaseMs?: number
  /** Tries a plan that failed at once, without its rest. */
  readonly impatient?: boolean
  /** Z, if there is no head yet. */
  readonly zeroTime?: number
  /** Stops in order: the batch under way is finished, no other begins. */
  readonly stop?: AbortSignal
  /** Stops at once: the batch under way fails and keeps its plan. */
  readonly signal?: AbortSignal
}

/** How an invocation ended. All of these are ordinary; a batch that fails rejects instead. */
export type InvocationOutcome = {
  readonly kind: 'committed' | 'idle' | 'held' | 'fenced' | 'stopped'
  readonly reports: readonly BatchReport[]
  /** When somebody should look again: the next batch time, or the end of the other's lease. */
  readonly nextMs?: number
  /** With `due: 'source'`: no source has more. */
  readonly sourcesDone?: boolean
}

/** One invocation under way. */
export interface Invocation {
  readonly runtime: Runtime
  readonly options: InvocationOptions
  readonly owner: string
  readonly head: OwnHead
  /** Aborted when what runs must stop now. */
  readonly signal: AbortSignal
  /** Aborted also when there is no point in waiting any more. */
  readonly waking: AbortSignal
  readonly reports: BatchReport[]
  /** Runs begun by this invocation; no two of its attempts share a number (P3). */
  attempts: number
  /** The last batch that was committed when this invocation last tried to collect garbage. */
  triedToCollect?: BatchTime
  /** The last plan that went into no head before its batch: should that fail, it goes there with the failure. */
  planAlong?: NewPlan
  /** Of the batch under way, when somebody listens. */
  progress?: BatchProgress | undefined
}

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
