import { SluiceError } from '../util/errors.ts'

/** What stands behind a receiver: it keeps what is stored, and starts the receiver again. */
export interface ReceiverSupervisor {
  readonly streamId: number
  isStarted(): boolean
  isStopped(): boolean
  add(item: unknown): Promise<void>
  addBlock(block: readonly unknown[] | ArrayBuffer, metadata: unknown): Promise<void>
  reportError(message: string, error?: unknown): void
  restart(message: string, error?: unknown, delayMs?: number): void
  stop(message: string, error?: unknown): void
}

let attach: (receiver: Receiver<unknown>, supervisor: ReceiverSupervisor) => void

/** An element that `store` takes for one, and not for many. */
export type SingleElement<T> = T extends readonly unknown[] | ArrayBuffer | Iterator<unknown> ? never : T

/**
 * Takes data in from outside while the application runs in a process that stays up (Spark's `Receiver`). `onStart` begins
 * to receive and returns; `onStop` ends it; both may be called several times, as a receiver is started again after each
 * `restart` and `stop`. Whoever needs to know that data cannot be lost stores arrays, and acknowledges once that resolves.
 *
 * @example
 * ```ts
 * class Ticker extends Receiver<string> {
 *   #timer: NodeJS.Timeout | undefined
 *   onStart(): void {
 *     this.#timer = setInterval(() => void this.store('tick'), 100)
 *   }
 *   onStop(): void {
 *     clearInterval(this.#timer)
 *   }
 * }
 * ssc.receiverStream(new Ticker()).count().print()
 * ```
 */
export abstract class Receiver<T> {
  /** As programs for Spark give it. Blocks are durable whatever it says. */
  readonly storageLevel: unknown
  #supervisor: ReceiverSupervisor | undefined

  static {
    attach = (receiver, supervisor) => {
      receiver.#supervisor = supervisor
    }
  }

  constructor(storageLevel?: unknown) {
    this.storageLevel = storageLevel
  }

  /** Begins to receive, and returns. A failure stops the receiver, which is started again later. */
  abstract onStart(): void | Promise<void>
  /** Ends what `onStart` began. */
  abstract onStop(): void | Promise<void>

  /**
   * Puts one element into the block that is being gathered. Resolves at once, or when the rate limit and the blocks that
   * wait to be stored leave room; whoever does not wait lets memory grow. Nothing says when the element is durable.
   *
   * An array, an iterator or the bytes of `serializeBlock` are one block; an element that is an array itself is stored as
   * `[element]`. Resolves once the block is durable, and rejects if it could not be stored. Refused with code
   * `receiver-stopped` when the receiver is not started.
   */
  store(element: SingleElement<T>): Promise<void>
  store(block: readonly T[] | Iterator<T> | ArrayBuffer, metadata?: unknown): Promise<void>
  store(data: unknown, metadata?: unknown): Promise<void> {
    const supervisor = this.#attached()
    if (Array.isArray(data)) return supervisor.addBlock(data, metadata)
    if (data instanceof ArrayBuffer) return supervisor.addBlock(data, metadata)
    return isIterator(data) ? supervisor.addBlock(drained(data), metadata) : supervisor.add(data)
  }

  /** Tells listeners and the log of an error, and goes on. */
  reportError(message: string, error?: unknown): void {
    this.#attached().reportError(message, error)
  }

  /** Stops, rests (2 seconds, or `spark.streaming.receiverRestartDelay`), and starts again. Returns at once. */
  restart(message: string, error?: unknown, delayMs?: number): void {
    this.#attached().restart(message, error, delayMs)
  }

  /** Stops for good as far as the receiver is concerned; while the context runs, it is started again after a rest. */
  stop(message: string, error?: unknown): void {
    this.#attached().stop(message, error)
  }

  /** Whether it has been started, and not been stopped since. */
  isStarted(): boolean {
    return this.#attached().isStarted()
  }

  /** Whether what `onStart` began should end. */
  isStopped(): boolean {
    return this.#attached().isStopped()
  }

  /** The place of its stream among all input streams, from 0. */
  get streamId(): number {
    return this.#attached().streamId
  }

  #attached(): ReceiverSupervisor {
    if (this.#supervisor !== undefined) return this.#supervisor
    throw new SluiceError({
      code: 'receiver-not-attached',
      kind: 'invalid',
      message: `The receiver has no context yet; use it from onStart on, and not in its constructor: ${this.constructor.name}`,
    })
  }
}

/** Puts a supervisor behind a receiver. */
export function attachSupervisor(receiver: Receiver<unknown>, supervisor: ReceiverSupervisor): void {
  attach(receiver, supervisor)
}

function isIterator(data: unknown): data is Iterator<unknown> {
  return typeof data === 'object' && data !== null && 'next' in data && typeof data.next === 'function'
}

function drained(items: Iterator<unknown>): unknown[] {
  const elements: unknown[] = []
  for (let next = items.next(); next.done !== true; next = items.next()) elements.push(next.value)
  return elements
}
