import type { Attempt } from '../../../src/checkpoint/attempt.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { Runtime } from '../../../src/scheduler/runtime.ts'
import type { Release } from '../apps/release.ts'
import type { Rerun } from '../checkers/checker.ts'
import type { SimWorld } from './sim-world.ts'

/**
 * One process: it may die, stand still, have a clock of its own, and, while it is warm, carry what it remembers from one
 * invocation to the next. Nothing that it waits for comes after its death.
 */
export class SimProcess {
  readonly id: number
  readonly world: SimWorld
  /** Of the application's code. */
  readonly release: Release
  readonly clock: Clock
  runtime: Runtime | undefined
  dead = false
  busy = false
  /** What was committed last when its invocation began. */
  begunOn: Attempt | undefined
  /** Whether what it does, or did last, was asked for by an operator. */
  isOperators = false
  /** The replay that it does, if it does one. */
  rerun: Rerun | undefined
  /** Counts invocations: with the id, what tells attempts of one batch apart. */
  invocation = 0
  /** When its invocation is to stop, before its time is up. */
  stopsAtMs = 0
  /** How far its clock is from the true time. */
  skewMs = 0
  #frozenUntilMs = 0
  readonly #waiting: (() => void)[] = []

  constructor(id: number, world: SimWorld, release: Release) {
    this.id = id
    this.world = world
    this.release = release
    this.clock = {
      now: () => Math.floor(world.timeline.nowMs) + this.skewMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  /** What functions that are not deterministic come up with: another number in every invocation. */
  get nonce(): number {
    return this.id * 1_000 + this.invocation
  }

  die(): void {
    this.dead = true
  }

  /** Stands still: what it waits for reaches it only afterwards. */
  freeze(ms: number): void {
    const { timeline } = this.world
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, timeline.nowMs + ms)
    timeline.after(ms, () => this.#wake())
  }

  /** Goes on, and has its clock set. */
  recover(): void {
    this.skewMs = 0
    this.#frozenUntilMs = 0
    this.#wake()
  }

  /** Hands the process what it waits for, unless it is dead by then. */
  resume(afterMs: number, go: () => void): void {
    if (afterMs > 0) this.world.timeline.after(afterMs, () => this.#deliver(go))
    else this.#deliver(go)
  }

  #deliver(go: () => void): void {
    if (this.dead) return
    if (this.#frozenUntilMs > this.world.timeline.nowMs) this.#waiting.push(go)
    else go()
  }

  #wake(): void {
    if (this.dead || this.#frozenUntilMs > this.world.timeline.nowMs) return
    for (const go of this.#waiting.splice(0)) go()
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const { timeline } = this.world
      const wake = (): void => {
        if (event !== undefined) event.act = undefined
        // A signal that was given calls nobody again.
        if (signal?.aborted === false) signal.removeEventListener('abort', wake)
        resolve()
      }
      const event = Number.isFinite(ms) ? timeline.after(ms, () => this.resume(0, wake)) : undefined
      signal?.addEventListener('abort', wake)
    })
  }
}
