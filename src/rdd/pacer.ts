import { SluiceError } from '../util/errors.ts'

/** How long a job may keep the event loop to itself: timers, deadlines and heartbeats wait that long at most. */
const SLICE_MS = 12

/**
 * Lets the event loop turn while a job runs, and ends the job when its signal is aborted. The only place of the engine
 * that looks at a clock: it decides when to pause, never what comes out.
 */
export class Pacer {
  readonly #signal: AbortSignal
  #resumed = performance.now()
  #turning: Promise<void> | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Between two chunks: a promise to wait for, or `undefined` when it is not time yet. Throws when the job is to end. */
  pause(): Promise<void> | undefined {
    throwIfAborted(this.#signal)
    return performance.now() - this.#resumed < SLICE_MS ? undefined : this.#turn()
  }

  /** All tasks of the job that wait go on together. */
  async #turn(): Promise<void> {
    this.#turning ??= nextTurn().then(() => {
      this.#turning = undefined
      this.#resumed = performance.now()
    })
    await this.#turning
    throwIfAborted(this.#signal)
  }
}

/**
 * A message to oneself is the cheapest standard way to let everything else run first: a timer takes a millisecond. It takes
 * a channel of its own: Node delivers what comes at a port meanwhile with it, up to a thousand messages before any timer.
 */
function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}

/** Rejects work whose deadline has passed. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  if (signal.reason instanceof SluiceError) throw signal.reason
  throw new SluiceError({
    code: 'job-aborted',
    kind: 'retryable',
    message: 'The job was stopped before its end, by its deadline or on request; it can run again',
    cause: signal.reason,
  })
}
