import type { BatchTime } from './attempt.ts'
import { nextBatchTime } from './grid.ts'
import type { Committed, Failure, Head, Planned } from './head.ts'
import { heldByOther } from './lease.ts'

/** All that a decision may depend on: the head, a clock reading, and what this invocation is and may do. */
export interface Facts {
  readonly head: Head
  readonly nowMs: number
  readonly self: Self
}

export interface Self {
  readonly owner: string
  /** Nothing is begun at or after this time: what is begun must also end. */
  readonly startBeforeMs: number
  /** `clock`: a batch is due when its time has come. `source`: every batch is due, until the sources have nothing. */
  readonly due: 'clock' | 'source'
  /** With `clock`: how far ahead of now this invocation may wait for a batch time. */
  readonly waitUntilMs: number
  /** As the application has it now; the head has it from the next lease on. */
  readonly batchIntervalMs: number
  readonly batchesLeft: number
  /** Whether the lease of this head is known to be nobody's any more (its process is dead). */
  readonly leaseAbandoned: boolean
  /** A plan that failed is tried at once: somebody who may have mended what was wrong asks for it. */
  readonly impatient?: boolean
}

export type Decision =
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'stop'; readonly reason: 'deadline' | 'enough' }
  | { readonly kind: 'lease' }
  | { readonly kind: 'publish'; readonly committed: Committed }
  | { readonly kind: 'rerun'; readonly planned: Planned }
  | { readonly kind: 'replan'; readonly planned: Planned }
  | { readonly kind: 'plan'; readonly batchTime: BatchTime }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'idle'; readonly nextMs: number }

/** Decisions that run a batch. */
export type RunDecision = Extract<Decision, { readonly kind: 'plan' | 'rerun' | 'replan' }>

/** A plan that ran into the deadline this often is cut smaller, where that is allowed: no attempt would finish it. */
const DEADLINES_BEFORE_REPLAN = 2
/** One that so many attempts ended on without a word, too: they may have run out of memory. Or networks were down, which is no harm. */
const DEATHS_BEFORE_REPLAN = 3

/** Pauses after the first, second, … failure of the same plan; the last one repeats. */
const PAUSES_MS = [0, 1_000, 5_000, 15_000, 60_000, 300_000] as const

/** How long after its last failure a plan rests. */
export function pauseAfter(failure: Pick<Failure, 'count'>): number {
  return PAUSES_MS[Math.min(failure.count, PAUSES_MS.length) - 1] ?? 0
}

/**
 * What to do next, given everything observed. Pure: the same facts give the same decision.
 * The order is the protocol's: nobody else's lease (P1), nothing after the deadline, the last commit visible before the next
 * (P9), the plan that exists before a new one (P5), a lease of one's own before any of these; only a new plan may be cut
 * before, or beside, taking it, as cutting changes nothing. The first invocation writes a head even if nothing is due: it
 * fixes the grid, which would else begin anew with each look at the clock (P2).
 */
export function decide({ head, nowMs, self }: Facts): Decision {
  if (!self.leaseAbandoned && heldByOther(head, self.owner, nowMs)) {
    return { kind: 'held', untilMs: head.lease?.until ?? nowMs }
  }
  if (self.batchesLeft <= 0) return finishPublish(head, self) ?? { kind: 'stop', reason: 'enough' }
  if (nowMs >= self.startBeforeMs) return { kind: 'stop', reason: 'deadline' }
  if (head.version === 0) return { kind: 'lease' }
  const dueAt = nextDueMs(head, self, nowMs)
  if (dueAt > nowMs) return finishPublish(head, self) ?? later(dueAt, self)
  const publish = finishPublish(head, self)
  if (publish !== undefined) return publish
  if (head.planned === undefined) return { kind: 'plan', batchTime: nextBatchTime(withIntervalOf(self, head)) }
  if (head.lease?.owner !== self.owner) return { kind: 'lease' }
  return timesTooLarge(head.planned) > 0
    ? { kind: 'replan', planned: head.planned }
    : { kind: 'rerun', planned: head.planned }
}

/**
 * When there is something to run: a plan after its pause, a batch at its time. A failure that is still to come was noted by
 * a clock that was ahead; to rest until that clock's time could be to rest for a year.
 */
function nextDueMs(head: Head, self: Self, nowMs: number): number {
  const failure = head.planned?.failure
  if (failure !== undefined && failure.atMs <= nowMs && self.impatient !== true)
    return failure.atMs + pauseAfter(failure)
  if (head.planned !== undefined || self.due === 'source') return Number.NEGATIVE_INFINITY
  return nextBatchTime(withIntervalOf(self, head))
}

/** The head as the next lease makes it. */
function withIntervalOf({ batchIntervalMs }: Self, head: Head): Head {
  return { ...head, batchIntervalMs }
}

/** A batch that is committed but not visible is worth a lease even when no other batch is due (f). */
function finishPublish(head: Head, self: Self): Decision | undefined {
  if (head.committed === undefined || head.committed.published) return undefined
  return head.lease?.owner === self.owner ? { kind: 'publish', committed: head.committed } : { kind: 'lease' }
}

function later(dueAt: number, self: Self): Decision {
  const inTime = dueAt <= self.waitUntilMs && dueAt < self.startBeforeMs
  return inTime ? { kind: 'wait', untilMs: dueAt } : { kind: 'idle', nextMs: dueAt }
}

/**
 * How often a plan is to be halved, 0 where it is to be run as it is: as long as it may be of the right size, and where somebody's
 * functions may have acted on it, whoever comes now (P5): one token, two contents. It counts attempts in leases of which one is held.
 */
export function timesTooLarge({ attempts, mayHaveActed, failure }: Planned): number {
  if (mayHaveActed === true || (failure !== undefined && failure.code !== 'deadline')) return 0
  const deadlines = failure?.count ?? 0
  const deaths = attempts - 1 - deadlines
  return Math.max(0, deadlines - DEADLINES_BEFORE_REPLAN + 1, deaths - DEATHS_BEFORE_REPLAN + 1)
}
