import type { Attempt } from '../checkpoint/attempt.ts'
import type { DeadLetterBox } from '../checkpoint/dead-letters.ts'
import type { Committed, History } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Stored } from '../checkpoint/stored.ts'
import { committed } from '../checkpoint/transitions.ts'
import { assert } from '../util/assert.ts'
import { goesOn, type Invocation } from './invocation.ts'
import type { BatchPlan } from './plan.ts'

/** Everything is staged and acknowledged: the licence to commit (P6). */
export interface CommitPermit {
  readonly attempt: Attempt
  readonly planned: BatchPlan
  readonly manifest: Manifest
  readonly stored: Stored<Manifest>
  readonly history: History
  /** Those open after the batch, if it changes them. */
  readonly deadLetters?: Stored<DeadLetterBox> | undefined
}

export type CommitOutcome =
  | {
      readonly kind: 'committed'
      readonly committed: Committed
      /** No other batch of this invocation's comes after it. */
      readonly last: boolean
    }
  | { readonly kind: 'fenced' }

/** Offsets, state references and staged outputs become final in one compare-and-set (P8). */
export async function commit(run: Invocation, permit: CommitPermit): Promise<CommitOutcome> {
  const { attempt, stored, history, planned, deadLetters } = permit
  const nothingToPublish = permit.manifest.outputs.length === 0
  const last = !goesOn(run)
  const outcome = await run.head.swap((head) =>
    committed(head, {
      attempt,
      manifest: stored,
      history,
      deadLetters,
      nothingToPublish,
      release: nothingToPublish && last,
      plannedAhead: planned.ahead,
    }),
  )
  if (outcome === 'fenced') return { kind: 'fenced' }
  run.runtime.warm.manifest = permit.manifest
  const { head } = run.head
  assert(head.committed !== undefined, 'a commit leaves a committed batch')
  return { kind: 'committed', committed: head.committed, last }
}
