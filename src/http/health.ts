import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Failure, Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'

/** How long an application may go without a commit and still be called healthy. */
export interface HealthyWithin {
  /** In batch intervals; 3 by default. */
  readonly intervals?: number
  /** On top of that, for triggers, start-up and the batch itself; 60,000 by default. */
  readonly graceMs?: number
}

/** Whether data gets through, not whether a process is up. */
export interface Health {
  readonly healthy: boolean
  readonly app: string
  /** Why it is not healthy, and what to look at; empty if it is. */
  readonly problems: readonly string[]
  readonly batchIntervalMs: number
  readonly lastCommitted?: {
    readonly batchTime: BatchTime
    readonly committedAtMs: number
    readonly ageMs: number
  }
  readonly failing?: { readonly batchTime: BatchTime; readonly attempts: number; readonly failure: Failure }
}

export interface Observed {
  readonly app: string
  readonly batchIntervalMs: number
  /** Absent before the first invocation. */
  readonly head: Head | undefined
  /** Of the last committed batch. */
  readonly manifest: Manifest | undefined
  readonly nowMs: number
}

const DEFAULT_INTERVALS = 3
const DEFAULT_GRACE_MS = 60_000

/**
 * Healthy: a batch was committed within the last intervals, and none is failing. An application that catches up is
 * healthy, however old the batch times are that it commits.
 */
export function healthOf(
  { app, batchIntervalMs, head, manifest, nowMs }: Observed,
  within: HealthyWithin = {},
): Health {
  const { intervals = DEFAULT_INTERVALS, graceMs = DEFAULT_GRACE_MS } = within
  const committedAtMs = manifest?.stats.processingEndTime
  const failing = failingOf(head)
  const problems = [
    ...(failing === undefined ? [] : [failingText(failing)]),
    ...quietProblem(committedAtMs, nowMs, intervals * batchIntervalMs + graceMs),
  ]
  return {
    healthy: problems.length === 0,
    app,
    problems,
    batchIntervalMs,
    ...(manifest === undefined || committedAtMs === undefined
      ? {}
      : { lastCommitted: { batchTime: manifest.attempt.batchTime, committedAtMs, ageMs: nowMs - committedAtMs } }),
    ...(failing === undefined ? {} : { failing }),
  }
}

function failingOf(head: Head | undefined): Health['failing'] {
  const planned = head?.planned
  if (planned?.failure === undefined) return undefined
  return { batchTime: planned.batchTime, attempts: planned.attempts, failure: planned.failure }
}

function failingText({ batchTime, failure }: NonNullable<Health['failing']>): string {
  const times = failure.count === 1 ? 'once' : `${failure.count} times`
  return `Batch ${batchTime} ms has failed ${times} and blocks those after it: ${failure.message}`
}

function quietProblem(committedAtMs: number | undefined, nowMs: number, quietMs: number): string[] {
  if (committedAtMs === undefined) return ['No batch has been committed yet; is the schedule on?']
  if (nowMs - committedAtMs <= quietMs) return []
  return [
    `No batch has been committed for longer than ${quietMs} ms; is the schedule on? Last: ${new Date(committedAtMs).toISOString()}`,
  ]
}
