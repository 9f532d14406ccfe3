import { nextOnGrid, zeroTimeAt } from '../checkpoint/grid.ts'
import type { BatchObserver } from '../scheduler/batch-report.ts'
import type { Environment } from '../scheduler/create-runtime.ts'
import { fixGrid } from '../scheduler/fix-grid.ts'
import { pendingBlocks, startReceiving, stopReceiving } from '../scheduler/receiving.ts'
import { closeSources, type Runtime } from '../scheduler/runtime.ts'
import { messageOf } from '../util/errors.ts'
import { runRuntime } from './run-application.ts'

/** What a run is of, and who hears of its failures. */
export interface ContextRunOptions {
  /** Makes the runtime; its observers are those of the run, too. */
  readonly runtime: (environment: Environment) => Runtime
  readonly environment: Environment
  readonly onFailure: (error: unknown) => void
}

/** How long a batch under way may take to end when a context stops without grace, as in Spark. */
const ABRUPT_STOP_MS = 2_000

/** A StreamingContext at work: batch after batch by the clock, whatever fails, until it is stopped. */
export class ContextRun {
  readonly runtime: Runtime
  readonly #stop = new AbortController()
  readonly #abort = new AbortController()
  readonly #onFailure: (error: unknown) => void
  /** Called with each commit. */
  readonly #committed = new Set<(batchTime: number) => void>()
  #lastCommitted = Number.NEGATIVE_INFINITY
  #done: Promise<void> = Promise.resolve()

  constructor({ runtime, environment, onFailure }: ContextRunOptions) {
    const observer: BatchObserver = { batchCommitted: ({ batchTime }) => this.#note(batchTime) }
    this.runtime = runtime({ ...environment, observers: [...(environment.observers ?? []), observer] })
    this.#onFailure = onFailure
  }

  /**
   * Rejects when the checkpoint cannot be read. Afterwards the head is there, and batches come by themselves: none is waited
   * for, as one whose function never ends would let nobody stop what has not started.
   */
  async start(): Promise<void> {
    const { clock, batchIntervalMs } = this.runtime
    await fixGrid(this.runtime, zeroTimeAt(clock.now(), batchIntervalMs))
    startReceiving(this.runtime)
    this.#done = this.#loop()
  }

  /** Ends the batch under way if that takes no longer than a moment; what was received stays stored where it can. */
  async stopAbruptly(): Promise<void> {
    this.#stop.abort()
    await this.#endWithin(ABRUPT_STOP_MS)
  }

  /** Takes in nothing more, and ends when everything that was taken in is committed, at the next batch time at the earliest. */
  async stopGracefully(timeoutMs: number): Promise<void> {
    const waited = new AbortController()
    const timeout = this.runtime.clock.sleep(timeoutMs, waited.signal)
    try {
      await Promise.race([timeout, this.#drained()])
    } finally {
      waited.abort()
      await this.stopAbruptly()
    }
  }

  async #loop(): Promise<void> {
    try {
      await runRuntime(this.runtime, {
        stop: this.#stop.signal,
        abort: this.#abort.signal,
        onFailure: (error) => this.#failed(error),
      })
    } catch (error) {
      this.#failed(error)
    }
  }

  /** What fails because it was cut off is no failure. */
  #failed(error: unknown): void {
    if (!this.#abort.signal.aborted) this.#onFailure(error)
  }

  async #drained(): Promise<void> {
    const { runtime } = this
    try {
      await stopReceiving(runtime)
    } catch (error) {
      runtime.log.warn('receivers-not-stopped', { app: runtime.app, error: messageOf(error) })
    }
    const { zeroTime = 0 } = (await runtime.register.read(runtime.app)) ?? {}
    const last = nextOnGrid(zeroTime, runtime.batchIntervalMs, runtime.clock.now())
    while (this.#lastCommitted < last || pendingBlocks(runtime) > 0) await this.#nextCommit()
  }

  #nextCommit(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#committed.delete(done)
        resolve()
      }
      this.#committed.add(done)
    })
  }

  #note(batchTime: number): void {
    this.#lastCommitted = batchTime
    for (const tell of [...this.#committed]) tell(batchTime)
  }

  /** A function that does not even end when it is cut off is left behind: its batch keeps its plan. */
  async #endWithin(ms: number): Promise<void> {
    const ended = new AbortController()
    await Promise.race([this.#done, this.#cutOffAfter(ms, ended.signal)])
    ended.abort()
    await closeSources(this.runtime)
  }

  async #cutOffAfter(ms: number, ended: AbortSignal): Promise<void> {
    const { app, clock, log } = this.runtime
    await clock.sleep(ms, ended)
    if (ended.aborted) return
    this.#abort.abort()
    await clock.sleep(ms, ended)
    if (ended.aborted) return
    log.warn('batch-left-behind', { app, message: 'A function of the batch under way does not end; it keeps its plan' })
  }
}
