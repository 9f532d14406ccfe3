import { attachSupervisor, type Receiver, type ReceiverSupervisor } from '../../dstream/receiver.ts'
import type { ReceiverEvent } from '../../ports/receiver-event.ts'
import type { SourceSurroundings } from '../../ports/source.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { BlockGenerator } from './block-generator.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { ReceivedBlocks } from './received-blocks.ts'
import { type ReceiverSettings, receiverSettings } from './receiver-settings.ts'
import type { BlockContent } from './stored-block.ts'

/**
 * `resting`: between the stop and the start of a restart; elements are taken all the same. `stopped`: the receiver stopped
 * itself, and is launched again after a rest. `closed`: the context has stopped it, which is final.
 */
type State = 'initialized' | 'started' | 'resting' | 'stopped' | 'closed'

/** How long an `onStop` may take when its process ends, as in Spark. */
const STOP_MS = 10_000

/** Runs one receiver: starts it, starts it again, and has stored what it takes in. */
export class Supervisor implements ReceiverSupervisor {
  readonly #receiver: Receiver<unknown>
  readonly #blocks: ReceivedBlocks
  readonly #surroundings: SourceSurroundings
  readonly #settings: ReceiverSettings
  readonly #limiter: RateLimiter
  readonly #closing = new AbortController()
  /** From when on an `onStop` is waited for no longer than `STOP_MS`. */
  readonly #leaving = new AbortController()
  #generator: BlockGenerator
  /** From a launch until the `onStop` that ends it is over: what that still hands over is taken. */
  #takes = false
  #state: State = 'initialized'
  /** Of `onStart`: what one of them fails with is nothing to those after it. */
  #runs = 0
  /** Starts and stops wait for each other. */
  #turn: Promise<void> = Promise.resolve()
  /** Blocks of the receiver's own that are on their way. */
  readonly #storing = new Set<Promise<unknown>>()
  #lastError = { lastErrorMessage: '', lastError: '', lastErrorTime: -1 }

  constructor(receiver: Receiver<unknown>, blocks: ReceivedBlocks, surroundings: SourceSurroundings) {
    this.#receiver = receiver
    this.#blocks = blocks
    this.#surroundings = surroundings
    this.#settings = receiverSettings(surroundings.settings)
    this.#limiter = new RateLimiter(surroundings.clock, this.#settings.maxRate)
    this.#generator = this.#newGenerator()
  }

  get streamId(): number {
    return this.#surroundings.streamId
  }
  isStarted(): boolean {
    return this.#state === 'started'
  }
  isStopped(): boolean {
    return this.#state !== 'started' && this.#state !== 'initialized'
  }

  /** Launches the receiver. Again: no effect. */
  start(): void {
    if (this.#state === 'initialized') this.#soon(() => this.#launch())
  }

  /** Stops the receiver for good; resolves when everything it gave is stored or was refused, however long that takes. */
  async stopReceiving(): Promise<void> {
    this.#closing.abort()
    this.#soon(async () => {
      if (this.#state === 'closed') return
      const active = this.#state === 'started' || this.#state === 'resting'
      await this.#end('closed')
      if (active) this.#tell('stopped', 'Stopped by driver')
    })
    await this.#turn
    await Promise.allSettled(this.#storing)
  }

  /** The same, but leaves a receiver behind whose `onStop` does not end: what it accepted before is stored all the same. */
  close(): Promise<void> {
    this.#leaving.abort()
    return this.stopReceiving()
  }

  add(item: unknown): Promise<void> {
    return this.#generator.add(item)
  }

  async addBlock(content: BlockContent, metadata: unknown): Promise<void> {
    if (!this.#takes) throw blockRefused(this.#name)
    const stored = this.#blocks.put(content, metadata)
    this.#storing.add(stored)
    try {
      await stored
    } finally {
      this.#storing.delete(stored)
    }
  }

  reportError(message: string, error?: unknown): void {
    this.#note(message, error)
    this.#surroundings.log.warn('receiver-error', { receiver: this.#name, message, error: textOf(error) })
    this.#tell('error')
  }

  restart(message: string, error?: unknown, delayMs = this.#settings.restartDelayMs): void {
    if (this.#state !== 'started') return
    this.#state = 'resting'
    this.#soon(async () => {
      if (this.#state !== 'resting') return
      await this.#onStop()
      this.#stoppedWith(`Restarting receiver with delay ${delayMs} ms: ${message}`, error)
      await this.#surroundings.clock.sleep(delayMs, this.#closing.signal)
      if (this.#state === 'resting' && !this.#closing.signal.aborted) this.#onStart()
    })
  }

  stop(message: string, error?: unknown): void {
    if (this.#state !== 'started' && this.#state !== 'resting') return
    this.#soon(async () => {
      if (this.#state !== 'started' && this.#state !== 'resting') return
      await this.#end('stopped')
      this.#stoppedWith(message, error)
      this.#soon(() => this.#relaunch())
    })
  }

  /** Only the end of the context is final; at once, a receiver that stops as soon as it starts would keep it busy. */
  async #relaunch(): Promise<void> {
    await this.#surroundings.clock.sleep(this.#settings.restartDelayMs, this.#closing.signal)
    if (this.#state !== 'stopped' || this.#closing.signal.aborted) return
    this.#generator = this.#newGenerator()
    await this.#launch()
  }

  async #launch(): Promise<void> {
    attachSupervisor(this.#receiver, this)
    this.#generator.start()
    this.#takes = true
    this.#onStart()
  }

  #onStart(): void {
    this.#state = 'started'
    this.#tell('started')
    const run = ++this.#runs
    // Whoever has ended the run knows what is next: a loop that throws because its connection was closed ends no later one.
    const failed = (error: unknown): void => {
      if (run === this.#runs && this.#state === 'started') this.stop(`Error starting receiver ${this.streamId}`, error)
    }
    try {
      // Not waited for: it may as well be the loop that receives.
      void Promise.resolve(this.#receiver.onStart()).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  async #end(state: 'stopped' | 'closed'): Promise<void> {
    const running = this.#state === 'started'
    this.#state = state
    if (running) await this.#onStop()
    this.#takes = false
    await this.#generator.stop()
  }

  async #onStop(): Promise<void> {
    const over = new AbortController()
    try {
      const stopping = this.#receiver.onStop()
      if (stopping !== undefined) await Promise.race([stopping, this.#patience(over.signal)])
    } catch (error) {
      this.reportError(`Error stopping receiver ${this.streamId}`, error)
    } finally {
      over.abort()
    }
  }

  async #patience(over: AbortSignal): Promise<never> {
    const { signal } = this.#leaving
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { signal: over }))
    await this.#surroundings.clock.sleep(STOP_MS, over)
    throw neverEnds()
  }

  #newGenerator(): BlockGenerator {
    const { clock } = this.#surroundings
    const { blockIntervalMs, blockQueueSize } = this.#settings
    return new BlockGenerator(
      { clock, limiter: this.#limiter, blockIntervalMs, blockQueueSize },
      {
        pushBlock: async (elements) => void (await this.#blocks.put(elements)),
        onError: (message, error) => this.reportError(message, error),
      },
    )
  }

  /** Takes turns; a turn never fails. */
  #soon(task: () => Promise<void>): void {
    this.#turn = this.#turn.then(task).catch((error: unknown) => this.reportError('The receiver failed', error))
  }

  #stoppedWith(message: string, error: unknown): void {
    this.#note(message, error)
    this.#surroundings.log.warn('receiver-stopped', { receiver: this.#name, message, error: textOf(error) })
    this.#tell('stopped')
  }

  #note(message: string, error: unknown): void {
    const lastErrorTime = this.#surroundings.clock.now()
    this.#lastError = { lastErrorMessage: message, lastError: textOf(error), lastErrorTime }
  }

  #tell(kind: ReceiverEvent['kind'], lastErrorMessage = this.#lastError.lastErrorMessage): void {
    this.#surroundings.receiverEvent?.({
      kind,
      receiverInfo: {
        streamId: this.streamId,
        name: this.#name,
        active: this.#state === 'started',
        location: 'localhost',
        executorId: 'driver',
        ...this.#lastError,
        lastErrorMessage,
      },
    })
  }

  get #name(): string {
    return `${this.#receiver.constructor.name}-${this.streamId}`
  }
}

function textOf(error: unknown): string {
  return error === undefined ? '' : messageOf(error)
}

function neverEnds(): SluiceError {
  return new SluiceError({
    code: 'receiver-left-behind',
    kind: 'invalid',
    message: `Its onStop has not ended within ${STOP_MS} ms; it is left behind, and nothing that it stores from now on is taken`,
  })
}

function blockRefused(receiver: string): SluiceError {
  return new SluiceError({
    code: 'receiver-stopped',
    kind: 'invalid',
    message: `The receiver has been stopped and its block was not stored; do not acknowledge it: ${receiver}`,
  })
}
