import { LONGEST_LEASE_MS } from '../checkpoint/lease.ts'
import { leased, retried } from '../checkpoint/transitions.ts'
import type { Invocation } from './invocation.ts'

/**
 * Takes the lease until this invocation's own deadline. Whoever had it is fenced by the higher token (P1).
 * When somebody else's swap came first, what to do is decided anew on the head that was found.
 */
export async function takeLease(run: Invocation): Promise<void> {
  const { owner, options, runtime } = run
  const untilMs = Math.min(options.deadlineMs, runtime.clock.now() + LONGEST_LEASE_MS)
  const request = { owner, untilMs, batchIntervalMs: runtime.batchIntervalMs }
  const taken = await run.head.take((head) => leased(retried(head), request))
  if (taken === 'ok') runtime.log.debug('leased', { app: runtime.app, token: run.head.head.token, owner })
}
