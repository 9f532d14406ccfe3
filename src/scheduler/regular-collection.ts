import type { Decision } from '../checkpoint/decide.ts'
import type { Head } from '../checkpoint/head.ts'
import { collected } from '../checkpoint/operator-acts.ts'
import { isCollectionDue, isCollectionOverdue } from '../checkpoint/retention.ts'
import { messageOf } from '../util/errors.ts'
import { collectGarbage } from './collection.ts'
import type { Invocation } from './invocation.ts'
import { hasLease, takeLease } from './lease.ts'

/** An invocation with less time than this left leaves collection to another. */
const LEAST_MS = 5_000
/** The next batch may be waiting for this invocation to end: what is left over is for the next one. */
const SWEEP_MS = 20_000

/**
 * Whether an invocation, with this to do next, collects first: between two batches, when an hour of batches has gone by
 * since the last time (`Retention.everyMs`) and there is time: while no batch is due; after two such hours, as an application
 * that never catches up would else never collect, at once.
 */
export function collectsFirst(run: Invocation, decision: Decision): boolean {
  if (!isDue(run, decision)) return false
  return endOf(run) - run.runtime.clock.now() >= LEAST_MS
}

/**
 * Under a token of its own, also where the invocation has the lease: nothing is in flight between two batches, and what carries the
 * token of the head is neither given up nor deleted, so an invocation that lasts would else keep all of its batches
 * (`collection-takes-a-token`). That it failed is told, and no reason for the invocation to fail: it is tried again an hour of
 * batches later.
 */
export async function collectBetween(run: Invocation): Promise<void> {
  const { app, log } = run.runtime
  const newest = run.head.head.committed?.attempt.batchTime
  if (newest !== undefined) run.triedToCollect = newest
  try {
    if ((await takeLease(run)) === 'overtaken') return
    const report = await collectGarbage(run, {
      untilMs: endOf(run),
      sweepMs: SWEEP_MS,
      after: run.head.head.collectedTo,
    })
    if (report !== 'fenced') log.info('garbage-collected', { app, ...report })
  } catch (error) {
    log.warn('collection-failed', { app, error: messageOf(error) })
    await putOff(run)
  }
}

function endOf({ options }: Invocation): number {
  return options.deadlineMs - options.marginMs
}

function isDue(run: Invocation, { kind }: Decision): boolean {
  const { runtime, options } = run
  if (options.stop?.aborted === true) return false
  if (kind === 'idle' || kind === 'stop') return isCollectionDue(runtime.retention, sinceTried(run))
  return kind === 'plan' && isCollectionOverdue(runtime.retention, sinceTried(run))
}

/** One that failed, or was cut off, is not begun again at once. */
function sinceTried({ head: { head }, triedToCollect }: Invocation): Head {
  if (triedToCollect === undefined || triedToCollect <= (head.collected ?? 0)) return head
  return { ...head, collected: triedToCollect }
}

/**
 * Else each invocation would list everything in order to fail again. Not where the lease was not to be had: the head is another's (P1).
 * What failed may fail again, and what lies before it must not wait for that: the next collection begins anew, unless only the
 * time was over.
 */
async function putOff(run: Invocation): Promise<void> {
  if (!hasLease(run)) return
  const { head, runtime } = run
  const batchTime = head.head.committed?.attempt.batchTime
  try {
    const to = run.signal.aborted ? head.head.collectedTo : undefined
    if (batchTime !== undefined) await head.swap((next) => collected(next, batchTime, to))
  } catch (error) {
    runtime.log.warn('collection-not-put-off', { app: runtime.app, error: messageOf(error) })
  }
}
