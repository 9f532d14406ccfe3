import { assert } from '../util/assert.ts'
import type { AppId, Attempt, BatchTime, Token } from './attempt.ts'
import { nextToken, sameAttempt } from './attempt.ts'
import type { DeadLetterBox } from './dead-letters.ts'
import type { Committed, Failure, Head, History } from './head.ts'
import type { Manifest } from './manifest.ts'
import type { Plan } from './plan.ts'
import type { Stored } from './stored.ts'

/**
 * Every way in which a head changes, as pure functions from the head that was read to the head to swap in.
 * Each result has the next version; whoever swaps requires the version that was read, and all but `leased` and
 * `operatorAct` the own token (P1).
 */

export interface Birth {
  readonly app: AppId
  readonly zeroTime: number
  readonly batchIntervalMs: number
}

/** The head before the first swap: version 0, which no register holds. */
export function unborn({ app, zeroTime, batchIntervalMs }: Birth): Head {
  return {
    formatVersion: 1,
    app,
    incarnation: 1,
    version: 0,
    token: 0 as Token,
    zeroTime,
    batchIntervalMs,
    history: { recent: [] },
    boundary: 0 as Token,
    pins: [],
  }
}

export interface LeaseRequest {
  readonly owner: string
  readonly untilMs: number
  /** New settings take effect with the next lease; the grid keeps its zero time. */
  readonly batchIntervalMs: number
}

/** Takes the lease, fencing whoever had it by a higher token: also oneself, which is no sign that anybody has died. */
export function leased(head: Head, { owner, untilMs, batchIntervalMs }: LeaseRequest): Head {
  const { lease } = head
  const tookOver = lease !== undefined && (lease.owner !== owner || lease.tookOver === true)
  const taken = { owner, until: untilMs, ...(tookOver ? ({ tookOver } as const) : {}) }
  return { ...next(head), token: nextToken(head.token), batchIntervalMs, lease: taken }
}

/**
 * Takes the lease and writes the first plan under it in one swap. Only where the last commit is known to be published: the
 * head says so, or this very swap does (P9). Only for a plan that travels in the head: an object would need the new token in
 * its name before anybody has that token (`token-in-names`).
 *
 *     I  puts t+1/plan ─────────── lease and plan: conflict
 *     J  lease and plan t+1: ok ── (I's put, late: over the plan that J has committed to)
 */
export function leasedAndPlanned(head: Head, request: LeaseRequest, plan: NewPlan): Head {
  assert(head.committed?.published !== false, 'lease and plan in one swap need the last commit to be published')
  assert(plan.plan.kind === 'inline', 'lease and plan in one swap need a plan that travels in the head')
  return { ...planned(leased(head, request), plan), version: head.version + 1 }
}

export interface NewPlan {
  readonly batchTime: BatchTime
  readonly plan: Stored<Plan>
  /** Of the code that is to run it. */
  readonly hasForeachRDD?: boolean
}

/** Writes the plan ahead of any side effect; a plan cut anew replaces one that no attempt could finish. */
export function planned(head: Head, { batchTime, plan, hasForeachRDD }: NewPlan): Head {
  const before = head.planned?.batchTime === batchTime ? head.planned : undefined
  return {
    ...next(head),
    planned: {
      batchTime,
      token: head.token,
      attempts: (before?.attempts ?? 0) + 1,
      plan,
      ...(hasForeachRDD === true ? { mayHaveActed: true } : {}),
      ...(before?.failure === undefined ? {} : { failure: before.failure }),
    },
  }
}

export interface NewCommit {
  readonly attempt: Attempt
  readonly manifest: Stored<Manifest>
  readonly history: History
  /** The dead letters that are open after the batch, if it changes them: in the same swap, so each is settled once. */
  readonly deadLetters?: Stored<DeadLetterBox> | undefined
  /** Nothing was staged, so there is nothing to make visible. */
  readonly nothingToPublish: boolean
  /** Ends the lease in the same swap. */
  readonly release: boolean
  /** The plan is in the head. Without (see `mustPlanAhead`), this swap is plan and commit in one. */
  readonly plannedAhead: boolean
}

/** The batch becomes final: offsets, state and outputs at once. */
export function committed(head: Head, commit: NewCommit): Head {
  const { attempt, manifest, history, nothingToPublish } = commit
  if (commit.plannedAhead) assert(head.planned?.batchTime === attempt.batchTime, 'the plan of the batch is in the head')
  else assert(head.planned === undefined, 'plan and commit are one swap only where no plan is kept')
  assert(head.committed?.published !== false, 'a commit waits for the publish of the one before')
  const { planned: _, ...rest } = next(head)
  const letters = commit.deadLetters === undefined ? {} : { deadLetters: commit.deadLetters }
  const result = { ...rest, committed: { attempt, manifest, published: nothingToPublish }, history, ...letters }
  return commit.release ? withoutLease(result) : cleanLease(result)
}

/** Records that everything the last commit staged is visible. */
export function marked(head: Head, attempt: Attempt): Head {
  const { committed } = head
  if (committed === undefined || committed.published || !sameAttempt(committed.attempt, attempt)) return head
  return { ...head, committed: { ...committed, published: true } satisfies Committed }
}

/** Records why the attempt failed; the plan stays. One that is not in the head yet comes with its failure. */
export function failed(head: Head, failure: Omit<Failure, 'count'>, plan?: NewPlan): Head {
  const batch = head.planned ?? (plan && planned(head, plan).planned)
  assert(batch !== undefined, 'only a planned batch can fail')
  const count = (batch.failure?.count ?? 0) + 1
  return { ...next(head), planned: { ...batch, failure: { ...failure, count } } }
}

/** Begins another attempt at the plan that is there, on the record before its functions can act. */
export function retried(head: Head, { hasForeachRDD }: Pick<NewPlan, 'hasForeachRDD'> = {}): Head {
  const { planned } = head
  if (planned === undefined) return head
  const acting = hasForeachRDD === true ? ({ mayHaveActed: true } as const) : {}
  return { ...head, planned: { ...planned, ...acting, attempts: planned.attempts + 1 } }
}

/** Has one's own lease last longer. */
export function renewed(head: Head, untilMs: number): Head {
  assert(head.lease !== undefined, 'only a lease that is there can last longer')
  return { ...next(head), lease: { ...head.lease, until: untilMs } }
}

/** Ends the lease, so that the next tick need not wait for its deadline. */
export function released(head: Head): Head {
  return withoutLease(next(head))
}

function next(head: Head): Head {
  return { ...head, version: head.version + 1 }
}

/** A batch was committed under the lease: whatever killed the one before is behind. */
function cleanLease(head: Head): Head {
  if (head.lease?.tookOver === undefined) return head
  const { tookOver: _, ...lease } = head.lease
  return { ...head, lease }
}

function withoutLease(head: Head): Head {
  const { lease: _, ...rest } = head
  return rest
}
