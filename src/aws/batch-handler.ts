import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Application } from '../dstream/define-app.ts'
import type { InvocationOutcome } from '../scheduler/invocation.ts'
import { runInvocation } from '../scheduler/run-invocation.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { CallTime } from './call-time.ts'
import { createLambdaRuntime, LAMBDA_NAMES, type LambdaOptions, lambdaLog } from './lambda-runtime.ts'
import { clockFarAhead, type Trigger, triggerOf, waitUntilOf } from './trigger.ts'

/** What the batch function can be told beside its environment. */
export interface BatchHandlerOptions extends LambdaOptions {
  /** How often the function is triggered; 60,000 by default. Batches that are more frequent run within an invocation. */
  readonly triggerEveryMs?: number
}

const FORM: OptionsForm<BatchHandlerOptions> = {
  example: "{ checkpoint: 's3://bucket/prefix', table: 'heads' }",
  names: { ...LAMBDA_NAMES, triggerEveryMs: true },
}

/** The part of Lambda's context that matters here. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number
}

/** How an invocation ended, as plain JSON. All of these are ordinary: a batch that fails rejects instead. */
export interface BatchHandlerResult {
  /**
   * `committed`: `batches` of them; `idle`: nothing was due; `held`: another invocation is at work; `fenced`: another one
   * took over, and what was under way is published by nobody or by it; `stopped`: ended before its work was.
   */
  readonly outcome: InvocationOutcome['kind']
  readonly batches: number
  readonly records: number
  readonly lastBatchTime?: BatchTime
  /** When there will be something to do, as far as is known. */
  readonly nextMs?: number
  readonly reason?: 'clock-far-ahead'
}

/** The batch function, as Lambda calls it. */
export type BatchHandler = (event: unknown, context: InvocationContext) => Promise<BatchHandlerResult>

const EVERY_MINUTE_MS = 60_000

/**
 * A Lambda function that runs the due batches of an application whenever it is triggered: by EventBridge Scheduler, by a
 * schedule rule, or by hand with any event. Nothing is read, opened or called before the first invocation; what that opened
 * is kept while the process is warm.
 *
 * A schedule whose `Input` is its own should carry the trigger's time, so that a wrong clock is noticed:
 * `Input: '{"scheduledTime": "<aws.scheduler.scheduled-time>"}'`. Without an `Input`, events have it.
 *
 * The invocation rejects with code `batch-failed` when a batch fails (it is recorded, keeps its plan and is tried again by
 * later invocations), with `bad-configuration` when settings are missing or malformed. Options that there are none of are
 * refused where they are given, with code `bad-option`.
 *
 * @example
 * ```ts
 * import { createBatchHandler } from 'sluice/aws'
 *
 * export const handler = createBatchHandler(wordCount)
 * ```
 */
export function createBatchHandler(app: Application, options: BatchHandlerOptions = {}): BatchHandler {
  optionObject(options, 'createBatchHandler', FORM)
  let warm: Opened | undefined
  return async (event, context) => {
    // Taken out while it is used: should two invocations ever meet in one process, they share nothing.
    const own = warm
    warm = undefined
    try {
      const opened = own ?? open(app, options)
      const { runtime } = opened
      const trigger = triggerOf(event)
      const result = await runDue(opened, { trigger, context, options }).finally(() => {
        warm = opened
      })
      runtime.log.info('invocation-ended', { app: runtime.app, ...result })
      return result
    } catch (error) {
      reportRejection(app, options, error)
      throw error
    }
  }
}

/** What an invocation uses and leaves to the next one. */
interface Opened {
  readonly runtime: Runtime
  readonly time: CallTime
}

function open(app: Application, options: BatchHandlerOptions): Opened {
  const time = new CallTime()
  return { runtime: createLambdaRuntime(app, options, time), time }
}

interface Due {
  readonly trigger: Trigger
  readonly context: InvocationContext
  readonly options: BatchHandlerOptions
}

async function runDue({ runtime, time }: Opened, { trigger, context, options }: Due): Promise<BatchHandlerResult> {
  const nowMs = runtime.clock.now()
  if (clockFarAhead(nowMs, trigger)) return runNothing(runtime, trigger, nowMs)
  const leftMs = Math.min(context.getRemainingTimeInMillis(), LONGEST_MS)
  const { triggerEveryMs = EVERY_MINUTE_MS } = options
  const waitUntilMs = waitUntilOf({ ...runtime, triggerEveryMs }, trigger.atMs ?? nowMs)
  const end = { deadlineMs: nowMs + leftMs, marginMs: marginOf(leftMs) }
  const due = { due: 'clock', scheduled: true, ...(waitUntilMs === undefined ? {} : { waitUntilMs }) } as const
  const { clock } = runtime
  return resultOf(await time.within({ clock, ...end }, () => runInvocation(runtime, { ...end, ...due })))
}

/** Lambda's limit. */
const LONGEST_MS = 15 * 60_000

/**
 * What ending in order takes: to stop what runs, calls that hang included, to record that in the head, to release the lease. A
 * few calls, of which one may have to be repeated.
 */
function marginOf(leftMs: number): number {
  return Math.min(10_000, Math.max(1_000, leftMs / 10))
}

function runNothing(runtime: Runtime, { atMs }: Trigger, nowMs: number): BatchHandlerResult {
  runtime.log.error('clock-far-ahead', {
    app: runtime.app,
    message:
      'This clock is so far ahead of the trigger that nothing was run: either it is wrong, or the trigger was delivered too late to be of use. Later triggers run what is due',
    triggerTime: new Date(atMs ?? nowMs).toISOString(),
    clockTime: new Date(nowMs).toISOString(),
  })
  return { outcome: 'stopped', batches: 0, records: 0, reason: 'clock-far-ahead' }
}

function resultOf({ kind, reports, nextMs }: InvocationOutcome): BatchHandlerResult {
  const last = reports.at(-1)
  return {
    outcome: kind,
    batches: reports.length,
    records: reports.reduce((sum, { records }) => sum + records, 0),
    ...(last === undefined ? {} : { lastBatchTime: last.batchTime }),
    ...(nextMs === undefined ? {} : { nextMs }),
  }
}

/** What batches fail of has been told where they failed; anything else is told here, as the function's caller may be nobody. */
function reportRejection(app: Application, options: LambdaOptions, error: unknown): void {
  const code = error instanceof SluiceError ? error.code : 'unexpected'
  if (code === 'batch-failed' || code === 'graph-changed') return
  lambdaLog(options).error('invocation-failed', { app: app.name, code, message: messageOf(error) })
}
