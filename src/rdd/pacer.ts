import { SluiceError } from '../util/errors.ts'

/** How long a job may keep the event loop to itself: timers, deadlines and heartbeats wait that long at most. */
const SLICE_MS = 12

/**
 * Lets the event loop turn while a job runs, and ends the job when its signal is aborted. The only place of the engine
 * that looks at a clock: it decides when to pause, never what comes out.
 */
export class Pacer {
  readonly #signal: AbortSignal
  #channel: MessageChannel | undefined
  #resumed = performance.now()
  #waiting: (() => void)[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Between two chunks: a promise to wait for, or `undefined` when it is not time yet. Throws when the job is to end. */
  pause(): Promise<void> | undefined {
    throwIfAborted(this.#signal)
    return performance.now() - this.#resumed < SLICE_MS ? undefined : this.#turn()
  }

  /** To be called when the job has ended: an open channel would keep the process alive. */
  close(): void {
    this.#channel?.port1.close()
    this.#channel = undefined
  }

  /** A message to oneself is the cheapest standard way to let everything else run first: a timer takes a millisecond. */
  async #turn(): Promise<void> {
    this.#channel ??= this.#open()
    const { port2 } = this.#channel
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      port2.postMessage(0)
    })
    throwIfAborted(this.#signal)
  }

  #open(): MessageChannel {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      this.#resumed = performance.now()
      for (const resume of this.#waiting.splice(0)) resume()
    }
    return channel
  }
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
