import { collected } from '../checkpoint/operator-acts.ts'
import { isCollectionDue } from '../checkpoint/retention.ts'
import { messageOf } from '../util/errors.ts'
import { collectGarbage } from './collection.ts'
import type { Invocation, InvocationOutcome } from './invocation.ts'
import { hasLease, takeLease } from './lease.ts'

/** An invocation with less time than this left leaves collection to another. */
const LEAST_MS = 5_000
/** The next batch may be waiting for this invocation to end: what is left over is for the next one. */
const LONGEST_MS = 20_000

/**
 * The last thing an invocation does, when an hour of batches has gone by since the last time (`Retention.everyMs`) and there
 * is time. That it failed is told, and no reason for the invocation to fail: it is tried again an hour of batches later.
 */
export async function collectIfDue(run: Invocation, { kind }: InvocationOutcome): Promise<void> {
  const { runtime, options, head } = run
  const { app, clock, log } = runtime
  if (kind === 'held' || kind === 'fenced' || options.stop?.aborted === true || run.signal.aborted) return
  const untilMs = Math.min(clock.now() + LONGEST_MS, options.deadlineMs - options.marginMs)
  if (!isCollectionDue(runtime.retention, head.head) || untilMs - clock.now() < LEAST_MS) return
  try {
    if (!hasLease(run) && (await takeLease(run)) === 'overtaken') return
    const report = await collectGarbage(run, untilMs)
    if (report !== 'fenced') log.info('garbage-collected', { app, ...report })
  } catch (error) {
    log.warn('collection-failed', { app, error: messageOf(error) })
    await putOff(run)
  }
}

/** Else each invocation would list everything in order to fail again. */
async function putOff({ head, runtime }: Invocation): Promise<void> {
  const batchTime = head.head.committed?.attempt.batchTime
  try {
    if (batchTime !== undefined) await head.swap((next) => collected(next, batchTime))
  } catch (error) {
    runtime.log.warn('collection-not-put-off', { app: runtime.app, error: messageOf(error) })
  }
}
