import { pauseAfter } from '../checkpoint/decide.ts'
import type { Application } from '../dstream/define-app.ts'
import type { BatchObserver } from '../scheduler/batch-report.ts'
import { createRuntime, type Environment } from '../scheduler/create-runtime.ts'
import type { InvocationOptions, InvocationOutcome } from '../scheduler/invocation.ts'
import { startReceiving } from '../scheduler/receiving.ts'
import { runInvocation } from '../scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../scheduler/runtime.ts'
import { waitForNews } from '../scheduler/wait-for-news.ts'
import { isRetryable, messageOf } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { localEnvironment } from './environment.ts'

/** How long an application runs, and with what. */
export interface RunOptions {
  /** The application's parameters, checked against its `params`. */
  readonly params?: unknown
  /** Z in milliseconds, if the checkpoint does not know it yet; by default Spark's rule from the clock. */
  readonly start?: number
  /** Ends after this many committed batches. */
  readonly batches?: number
  /** Runs batch after batch without asking the clock, until no source has more. */
  readonly untilIdle?: boolean
  /** Stops in order: the batch under way is finished. */
  readonly stop?: AbortSignal
  /** Stops at once: the batch under way keeps its plan. */
  readonly abort?: AbortSignal
  /** Told of each failure; with it no failure ends the run, whatever its kind: the batch is tried again, with growing pauses. */
  readonly onFailure?: (error: unknown) => void
}

const FORM: OptionsForm<RunOptions> = {
  example: "{ params: { in: 'data/in' }, untilIdle: true }",
  names: { params: true, start: true, batches: true, untilIdle: true, stop: true, abort: true, onFailure: true },
}

/** Why a run ended. */
export interface RunOutcome {
  readonly kind: 'idle' | 'enough' | 'stopped'
  /** Committed by this run. */
  readonly batches: number
}

/** A run takes its lease anew this often, so that a standby elsewhere need not wait longer if this machine is lost. */
const INVOCATION_MS = 10 * 60_000

/**
 * Somebody waits for a run that is to end by itself: a failure that may pass is waited out so often in a row, which takes
 * about a minute and a half. A run that goes by the clock is to survive any outage, and tries for ever.
 */
const PATIENCE = 6

/**
 * Runs an application in this process until it is stopped, has committed enough batches, or has nothing more to read
 * (`untilIdle`). Failures that may pass are waited out.
 *
 * @throws SluiceError `batch-failed` when a batch fails for a reason that will not pass: the next run tries the same plan
 * again. Of kind `invalid` for parameters and graphs that cannot run.
 * @example
 * ```ts
 * const params = { in: 'data/in', out: 'data/counts' }
 * const here = localEnvironment({ checkpoint: 'data/checkpoint', log: consoleLog({ level: 'warn' }) })
 * await runApplication(wordCount, { params, untilIdle: true }, here) // { kind: 'idle', batches: 1 }
 * // What the checkpoint holds is done.
 * await runApplication(wordCount, { params, untilIdle: true }, here) // { kind: 'idle', batches: 0 }
 * ```
 */
export async function runApplication(
  app: Application,
  options: RunOptions = {},
  environment: Environment = localEnvironment(),
): Promise<RunOutcome> {
  optionObject(options, 'runApplication', FORM)
  const runtime = createRuntime(app, options.params ?? {}, environment)
  startReceiving(runtime)
  try {
    return await runRuntime(runtime, options)
  } finally {
    await closeSources(runtime)
  }
}

/** The same for a runtime that the caller keeps (to serve it over HTTP, to look at its head). */
export async function runRuntime(given: Runtime, options: RunOptions): Promise<RunOutcome> {
  let batches = 0
  let failures = 0
  // Not from the outcomes: an invocation that fails has committed what came before.
  const counter: BatchObserver = { batchCommitted: () => void batches++ }
  const runtime: Runtime = { ...given, observers: [...given.observers, counter] }
  for (let impatient = true; ; impatient = false) {
    try {
      const outcome = await runInvocation(runtime, { ...invocation(runtime, options, batches), impatient })
      failures = 0
      const end = ending(outcome, options, batches)
      if (end !== undefined) return { kind: end, batches }
      if (outcome.nextMs !== undefined) await sleepUntil(runtime, options, outcome.nextMs)
    } catch (error) {
      failures++
      options.onFailure?.(error)
      if (givesUp(options, { failures, error })) throw error
      if (!isStopped(options)) await rest(runtime, options, { failures, error })
      if (isStopped(options)) return { kind: 'stopped', batches }
    }
  }
}

interface Failures {
  readonly failures: number
  readonly error: unknown
}

function givesUp(options: RunOptions, { failures, error }: Failures): boolean {
  if (options.onFailure !== undefined) return false
  return !isRetryable(error) || (endsByItself(options) && failures >= PATIENCE)
}

function endsByItself({ untilIdle, batches }: RunOptions): boolean {
  return untilIdle === true || batches !== undefined
}

function isStopped({ stop, abort }: RunOptions): boolean {
  return stop?.aborted === true || abort?.aborted === true
}

function invocation({ clock }: Runtime, options: RunOptions, batches: number): InvocationOptions {
  const until = clock.now() + INVOCATION_MS
  return {
    deadlineMs: Number.POSITIVE_INFINITY,
    marginMs: 0,
    beginUntilMs: until,
    waitUntilMs: until,
    due: options.untilIdle === true ? 'source' : 'clock',
    ...(options.batches === undefined ? {} : { maxBatches: options.batches - batches }),
    ...(options.start === undefined ? {} : { zeroTime: options.start }),
    ...(options.stop === undefined ? {} : { stop: options.stop }),
    ...(options.abort === undefined ? {} : { signal: options.abort }),
  }
}

/** Whether the run is over; an invocation that merely came to its end is followed by the next. */
function ending(outcome: InvocationOutcome, options: RunOptions, batches: number): RunOutcome['kind'] | undefined {
  if (options.batches !== undefined && batches >= options.batches) return 'enough'
  if (isStopped(options)) return 'stopped'
  return outcome.sourcesDone === true ? 'idle' : undefined
}

async function rest(runtime: Runtime, options: RunOptions, { failures, error }: Failures): Promise<void> {
  const pauseMs = pauseAfter({ count: failures })
  runtime.log.warn('retrying', { app: runtime.app, inMs: pauseMs, error: messageOf(error) })
  await sleepUntil(runtime, options, runtime.clock.now() + pauseMs)
}

/** An operator may change meanwhile what is due: then the head is read before anything is decided on it. */
async function sleepUntil(runtime: Runtime, { stop, abort }: RunOptions, untilMs: number): Promise<void> {
  const signal = AbortSignal.any([stop, abort].filter((signal) => signal !== undefined))
  if (await waitForNews(runtime, { version: runtime.warm.head?.version, untilMs, signal })) delete runtime.warm.head
}
