/** What an invocation needs to know of whatever set it off. */
export interface Trigger {
  /** When it was due by its own clock, milliseconds since the epoch; absent where the event does not say. */
  readonly atMs?: number
}

/** In the order in which they are believed. */
const TIME_FIELDS = ['scheduledTime', 'time'] as const

/**
 * Reads an event of any shape: EventBridge rules and Scheduler's own events carry `time`; a schedule with an `Input` of its
 * own says `{"scheduledTime": "<aws.scheduler.scheduled-time>"}`. Anything else is a trigger without a time.
 */
export function triggerOf(event: unknown): Trigger {
  if (typeof event !== 'object' || event === null) return {}
  for (const field of TIME_FIELDS) {
    const atMs = timeOf((event as Readonly<Record<string, unknown>>)[field])
    if (atMs !== undefined) return { atMs }
  }
  return {}
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

export interface Schedule {
  readonly batchIntervalMs: number
  readonly triggerEveryMs: number
}

/** Leaves the batch of the next trigger's own time to it, and the lease free when it comes. */
const HANDOVER_MS = 250

/**
 * Up to when an invocation waits for batch times that no trigger comes for, as batches are more frequent than triggers:
 * until just before the next trigger. Counted from this one's own time, not rounded: a rule fires at any second of the
 * minute, and between the full minute and that second nobody would be there. `undefined`: every batch has a trigger.
 */
export function waitUntilOf(schedule: Schedule, triggerMs: number): number | undefined {
  const { batchIntervalMs, triggerEveryMs } = schedule
  return batchIntervalMs >= triggerEveryMs ? undefined : triggerMs + triggerEveryMs - HANDOVER_MS
}

/**
 * An invocation lasts 15 minutes at most, and the triggers that come meanwhile wait for its end. Later than that, either
 * the trigger is of no use any more (newer ones have come), or the clock is wrong.
 */
const LATEST_MS = 20 * 60_000

/**
 * Whether the clock reads so much later than the trigger's own that nothing may be run by it: batches would be committed
 * at times that have not come, and no batch would be due until they have.
 */
export function clockFarAhead(nowMs: number, { atMs }: Trigger): boolean {
  return atMs !== undefined && nowMs - atMs > LATEST_MS
}
