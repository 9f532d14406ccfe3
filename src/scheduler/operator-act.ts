import { SluiceError } from '../util/errors.ts'
import type { Invocation } from './invocation.ts'
import { hasLease, release, takeLease } from './lease.ts'
import { isLostGround } from './lost-ground.ts'
import { openInvocation } from './run-invocation.ts'
import type { Runtime } from './runtime.ts'

/** What an operator does to an application by hand. */
export interface OperatorAct<T> {
  /** Looks at the head before the lease is taken from anybody: rejects what would be for nothing. */
  readonly check?: (run: Invocation) => void
  readonly act: (run: Invocation) => Promise<T>
  readonly signal: AbortSignal
}

/** So long does an operator who dies over an act hold up the application. Acts that take longer keep the lease (`keepLease`). */
const ACT_LEASE_MS = 2 * 60_000

/**
 * Carries out an operator's act under a lease of its own. Its token fences whoever is at work (`operator-acts-take-a-token`);
 * a batch that was under way is run again from its plan. Rejects with code `no-checkpoint` where the application never ran.
 */
export async function operatorAct<T>(runtime: Runtime, { check, act, signal }: OperatorAct<T>): Promise<T> {
  const deadlineMs = Number.POSITIVE_INFINITY
  const options = { deadlineMs, marginMs: 0, leaseMs: ACT_LEASE_MS, due: 'source', maxBatches: 1 } as const
  const run = await openInvocation(runtime, options, signal)
  await run.head.refresh()
  if (run.head.head.version === 0) throw noCheckpoint(runtime)
  try {
    while (!hasLease(run)) {
      check?.(run)
      await takeLease(run)
    }
    return await act(run)
  } catch (error) {
    throw await whatFailed(run, error)
  } finally {
    await release(run)
  }
}

/**
 * What is missing to somebody who was overtaken is no damage:
 *
 *     operator: reads what the head names, stands still | J: lease t+1, commits, collects | operator: an object is missing
 */
async function whatFailed(run: Invocation, error: unknown): Promise<unknown> {
  if (!isLostGround(error)) return error
  await run.head.refresh()
  return hasLease(run) ? error : overtaken(run.runtime, 'do it')
}

/** What another's swap has come before. Nothing is half done: trying again is safe. */
export function overtaken({ app }: Runtime, what: string): SluiceError {
  return new SluiceError({
    code: 'overtaken',
    kind: 'retryable',
    message: `Somebody else took the application over meanwhile; try again to ${what}: ${app}`,
  })
}

export function noCheckpoint({ app, register }: Pick<Runtime, 'app' | 'register'>): SluiceError {
  return new SluiceError({
    code: 'no-checkpoint',
    kind: 'invalid',
    message: `There is no checkpoint of ${app} in this place; run the application with it first: ${register.url}`,
  })
}
