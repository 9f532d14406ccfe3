import { LONGEST_LEASE_MS } from '../checkpoint/lease.ts'
import {
  type LeaseRequest,
  leased,
  leasedAndPlanned,
  type NewPlan,
  released,
  renewed,
  retried,
} from '../checkpoint/transitions.ts'
import { messageOf } from '../util/errors.ts'
import type { Invocation } from './invocation.ts'
import type { SwapOutcome } from './own-head.ts'

/** `overtaken`: somebody else's swap came first; what to do is decided anew on the head that was found. */
export type LeaseOutcome = 'ok' | 'overtaken'

/** Whether this invocation has taken the lease. */
export function hasLease({ head, owner }: Invocation): boolean {
  return head.head.lease?.owner === owner
}

/**
 * Takes the lease until this invocation's own deadline. Whoever had it is fenced by the higher token (P1). A plan that an object
 * of a lower token holds, and no head names, is garbage from here on.
 */
export async function takeLease(run: Invocation): Promise<LeaseOutcome> {
  delete run.planAlong
  const request = leaseRequest(run)
  return told(run, await run.head.take((head) => leased(retried(head, run.runtime.graph), request)))
}

/** The same, and the first plan under it. */
export async function takeLeaseAndPlan(run: Invocation, plan: NewPlan): Promise<LeaseOutcome> {
  const request = leaseRequest(run)
  return told(run, await run.head.take((head) => leasedAndPlanned(head, request, plan)))
}

/**
 * Has a lease last as long again as one that is taken now, when half of it has gone by: between the steps of work whose
 * length nobody knows. One that lasts until a deadline stays as it is.
 */
export async function keepLease(run: Invocation): Promise<SwapOutcome> {
  const { untilMs } = leaseRequest(run)
  const gainMs = untilMs - (run.head.head.lease?.until ?? untilMs)
  return gainMs < leaseMs(run) / 2 ? 'ok' : run.head.swap((head) => renewed(head, untilMs))
}

/** A swap for its own sake: whoever has read the head before can take no lease on what it was. */
export async function outdateHead(run: Invocation): Promise<SwapOutcome> {
  const { untilMs } = leaseRequest(run)
  return run.head.swap((head) => renewed(head, untilMs))
}

/** The last swap gives the lease back. Not doing so is safe: the next tick waits for its end, no more. */
export async function release(run: Invocation): Promise<void> {
  if (!hasLease(run)) return
  try {
    await run.head.swap(released)
  } catch (error) {
    run.runtime.log.warn('lease-not-released', { app: run.runtime.app, error: messageOf(error) })
  }
}

function leaseMs({ options }: Invocation): number {
  return options.leaseMs ?? LONGEST_LEASE_MS
}

function leaseRequest(run: Invocation): LeaseRequest {
  const { owner, options, runtime } = run
  const untilMs = Math.min(options.deadlineMs, runtime.clock.now() + leaseMs(run))
  return { owner, untilMs, batchIntervalMs: runtime.batchIntervalMs }
}

function told({ runtime, head, owner }: Invocation, taken: 'ok' | 'fenced'): LeaseOutcome {
  if (taken === 'fenced') return 'overtaken'
  runtime.log.debug('leased', { app: runtime.app, token: head.head.token, owner })
  return 'ok'
}
