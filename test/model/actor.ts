import type { Attempt } from '../../src/checkpoint/attempt.ts'
import type { Committed, Head } from '../../src/checkpoint/head.ts'
import type { NewPlan } from '../../src/checkpoint/transitions.ts'

/** One invocation: where it is, and what it knows. What it does next depends on nothing else. */
export interface Actor {
  readonly owner: string
  /** The input or output that comes next. */
  readonly pc:
    | 'read'
    | 'decide'
    | 'swap'
    | 'settle'
    | 'run'
    | 'stage'
    | 'put-part'
    | 'put-success'
    | 'ended'
    | 'crashed'
  /** As last read or written by it. */
  readonly head?: Head
  /** A publish that it has done and that no swap has recorded yet. */
  readonly published?: Attempt
  /** Runs begun: no two of its attempts share a number. */
  readonly runs: number
  readonly swap?: Swap
  readonly work?: Work
  /** What it is making visible. */
  readonly publishing?: Publishing
}

export interface Publishing {
  readonly committed: Committed
  /** Another may have begun before. */
  readonly redo: boolean
}

export interface Swap {
  readonly kind: 'lease' | 'lease-and-plan' | 'plan' | 'commit' | 'give-back' | 'release'
  /** What was sent and not answered. */
  readonly sent?: Head
}

/** The batch under way. */
export interface Work {
  readonly plan: NewPlan
  /** Whether the head holds the plan. */
  readonly ahead: boolean
  /** The state that the batch starts from. */
  readonly base: string
  readonly attempt?: Attempt
  readonly output?: string
  readonly state?: string
}
