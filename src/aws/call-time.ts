import type { Clock } from '../ports/clock.ts'

/** What ends a call beside its client's own timeouts. */
export interface CallBounds {
  readonly abortSignal?: AbortSignal
  readonly requestTimeout?: number
}

/** `work`: what a batch does; `head`: what ending in order takes. */
export type CallPurpose = 'work' | 'head'

export interface InvocationEnd {
  readonly clock: Clock
  /** When the process is ended from outside. */
  readonly deadlineMs: number
  /** So long before, work is told to stop. */
  readonly marginMs: number
}

/** Shares of the margin that are left when calls are given up: work's, for the head to hear of it; all, for the answer to leave. */
const LEFT_AFTER_WORK = 1 / 2
const LEFT_AFTER_ALL = 1 / 8
/** A call that has less time than this is not worth making. */
const LEAST_MS = 50

/**
 * The time that calls have within an invocation. A client waits for an answer for a minute and more, over its attempts; Lambda
 * kills whoever has not ended by the deadline, and the lease and the plan are left as they are. So a call that hangs is given up:
 *
 *     work ──┤ margin: work stops ──┤ half of it: S3's calls are given up ── failure recorded, lease back ──┤ all calls ──┤ deadline
 *
 * A call on the head gets half of the time that is left, so that another one has some, too. What was given up may still be done,
 * late: it is a call whose answer is lost (P3, P4, P8).
 */
export class CallTime {
  #current: Current | undefined

  /** Runs an invocation: calls that are made meanwhile end in time for it. One at a time. */
  async within<T>(end: InvocationEnd, invocation: () => Promise<T>): Promise<T> {
    const current = new Current(end)
    this.#current = current
    current.start()
    try {
      return await invocation()
    } finally {
      current.done()
      this.#current = undefined
    }
  }

  /** Of a call that begins now and would else wait so long for an answer. */
  bounds(purpose: CallPurpose, requestTimeout: number): CallBounds {
    return this.#current?.bounds(purpose, requestTimeout) ?? {}
  }
}

class Current {
  readonly #end: InvocationEnd
  readonly #ended = new AbortController()
  readonly #stops = { work: new AbortController(), head: new AbortController() }

  constructor(end: InvocationEnd) {
    this.#end = end
  }

  bounds(purpose: CallPurpose, requestTimeout: number): CallBounds {
    const { clock, deadlineMs } = this.#end
    const abortSignal = this.#stops[purpose].signal
    if (purpose === 'work') return { abortSignal }
    const share = Math.max(LEAST_MS, (deadlineMs - clock.now()) / 2)
    return { abortSignal, requestTimeout: Math.min(requestTimeout, share) }
  }

  start(): void {
    void this.#giveUp(this.#stops.work, LEFT_AFTER_WORK)
    void this.#giveUp(this.#stops.head, LEFT_AFTER_ALL)
  }

  done(): void {
    this.#ended.abort('the invocation has ended')
  }

  async #giveUp(stop: AbortController, left: number): Promise<void> {
    const { clock, deadlineMs, marginMs } = this.#end
    await clock.sleep(Math.max(0, deadlineMs - marginMs * left - clock.now()), this.#ended.signal)
    if (!this.#ended.signal.aborted) stop.abort(new Error('the deadline of this invocation is near'))
  }
}
