import type { Clock } from '../../ports/clock.ts'
import { SluiceError } from '../../util/errors.ts'
import { Fifo } from '../../util/fifo.ts'
import type { RateLimiter } from './rate-limiter.ts'

export interface BlockGeneratorOptions {
  readonly clock: Clock
  readonly limiter: RateLimiter
  /** How long a block gathers elements, from its first one on. */
  readonly blockIntervalMs: number
  /** Blocks that may wait to be stored before elements have to. */
  readonly blockQueueSize: number
}

/** Where blocks go. Called for one block after the other. */
export interface BlockListener {
  pushBlock(elements: readonly unknown[]): Promise<void>
  /** After elements went into the block that will carry them, in their order. */
  onAddData?(metadata: unknown): void
  onError(message: string, error: unknown): void
}

interface Group {
  readonly elements: readonly unknown[]
  readonly metadata: { readonly value: unknown } | undefined
  accepted(): void
}

/** Gathers single elements into blocks. What it has accepted gets into a block also when it is stopped. */
export class BlockGenerator {
  readonly #options: BlockGeneratorOptions
  readonly #listener: BlockListener
  readonly #stop = new AbortController()
  #buffer: unknown[] = []
  #gathering: Promise<void> | undefined
  readonly #waiting = new Fifo<Group>()
  #admitting: Promise<void> | undefined
  #blocks: (readonly unknown[])[] = []
  #pushing: Promise<void> | undefined
  #roomMade: () => void = () => {}
  #state: 'initialized' | 'active' | 'stopped' = 'initialized'

  constructor(options: BlockGeneratorOptions, listener: BlockListener) {
    this.#options = options
    this.#listener = listener
  }

  start(): void {
    if (this.#state !== 'initialized') {
      throw stopped(`Cannot start BlockGenerator as its not in the Initialized state [state = ${this.#state}]`)
    }
    this.#state = 'active'
  }

  /** Resolves when there is room for more; the element is accepted at once. */
  add(element: unknown): Promise<void> {
    return this.#addGroup([element], undefined)
  }

  /** The same, and calls the listener with `metadata` once the element is in its block. */
  addWithCallback(element: unknown, metadata: unknown): Promise<void> {
    return this.#addGroup([element], { value: metadata })
  }

  /** All of them go into one block; the listener is called once. */
  addMultipleWithCallback(elements: Iterable<unknown>, metadata: unknown): Promise<void> {
    return this.#addGroup([...elements], { value: metadata })
  }

  /** Resolves when every accepted element is in a block, and every block pushed. Again: the same. */
  async stop(): Promise<void> {
    if (this.#state === 'active') {
      this.#state = 'stopped'
      this.#stop.abort()
      for (let group = this.#waiting.shift(); group !== undefined; group = this.#waiting.shift()) this.#accept(group)
    }
    this.#cut()
    this.#roomMade()
    await this.#gathering
    await this.#admitting
    await this.#pushing
  }

  #addGroup(elements: readonly unknown[], metadata: Group['metadata']): Promise<void> {
    if (this.#state !== 'active') {
      return Promise.reject(stopped('Cannot add data as BlockGenerator has not been started or has been stopped'))
    }
    const free = this.#waiting.size === 0 && !this.#isFull && this.#options.limiter.take(elements.length) === 0
    if (free) {
      this.#accept({ elements, metadata, accepted() {} })
      return Promise.resolve()
    }
    return new Promise((accepted) => {
      this.#waiting.push({ elements, metadata, accepted })
      this.#admitting ??= this.#admit()
    })
  }

  // These three loops say themselves that they have ended, in the same turn in which they last looked: what comes a moment
  // later begins the next.

  async #admit(): Promise<void> {
    await Promise.resolve()
    for (let group = this.#waiting.first; group !== undefined; group = this.#waiting.first) {
      if (this.#isFull) {
        await new Promise<void>((resolve) => {
          this.#roomMade = resolve
        })
        continue
      }
      const waitMs = this.#options.limiter.take(group.elements.length)
      if (waitMs > 0) await this.#options.clock.sleep(waitMs, this.#stop.signal)
      else {
        this.#waiting.shift()
        this.#accept(group)
      }
    }
    this.#admitting = undefined
  }

  #accept({ elements, metadata, accepted }: Group): void {
    for (const element of elements) this.#buffer.push(element)
    if (metadata !== undefined) this.#listener.onAddData?.(metadata.value)
    // A timer only while there is something to cut: an idle receiver costs nothing.
    if (this.#buffer.length > 0) this.#gathering ??= this.#gather()
    accepted()
  }

  async #gather(): Promise<void> {
    while (this.#buffer.length > 0) {
      await this.#options.clock.sleep(this.#options.blockIntervalMs, this.#stop.signal)
      this.#cut()
    }
    this.#gathering = undefined
  }

  #cut(): void {
    if (this.#buffer.length === 0) return
    this.#blocks.push(this.#buffer)
    this.#buffer = []
    this.#pushing ??= this.#push()
  }

  async #push(): Promise<void> {
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      try {
        await this.#listener.pushBlock(block)
      } catch (error) {
        this.#listener.onError('Error in block pushing', error)
      }
      this.#blocks.shift()
      this.#roomMade()
    }
    this.#pushing = undefined
  }

  get #isFull(): boolean {
    return this.#state === 'active' && this.#blocks.length >= this.#options.blockQueueSize
  }
}

function stopped(message: string): SluiceError {
  return new SluiceError({ code: 'receiver-stopped', kind: 'invalid', message })
}
