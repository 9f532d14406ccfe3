import type { Clock } from '../ports/clock.ts'

/** How a manual clock begins, and what moves it. */
export interface ManualClockOptions {
  /** Milliseconds since the epoch; 0 by default. */
  readonly startMs?: number
  /** Whoever sleeps is at once where it slept to, so that a run never waits. By default only `advance` moves the clock. */
  readonly jumps?: boolean
}

interface Sleeper {
  readonly untilMs: number
  readonly wake: () => void
}

/**
 * A clock that stands still until it is told to go on.
 *
 * @example
 * ```ts
 * const clock = new ManualClock()
 * const slept = clock.sleep(1000)
 * clock.advance(1000)
 * await slept
 * clock.now() // 1000
 * ```
 */
export class ManualClock implements Clock {
  readonly #jumps: boolean
  readonly #sleepers = new Set<Sleeper>()
  #nowMs: number

  constructor({ startMs = 0, jumps = false }: ManualClockOptions = {}) {
    this.#nowMs = startMs
    this.#jumps = jumps
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#nowMs
  }

  /** Resolves when the clock has moved on by `ms`, or at once when `signal` is aborted. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return
    if (this.#jumps && Number.isFinite(ms)) return this.advance(ms)
    await new Promise<void>((resolve) => this.#enqueue(this.#nowMs + ms, resolve, signal))
  }

  /** Moves the clock forward and wakes those whose time has come, in its order. */
  advance(ms: number): void {
    this.#nowMs += ms
    const due = [...this.#sleepers].filter(({ untilMs }) => untilMs <= this.#nowMs)
    for (const { wake } of due.sort((a, b) => a.untilMs - b.untilMs)) wake()
  }

  #enqueue(untilMs: number, resolve: () => void, signal?: AbortSignal): void {
    const sleeper = {
      untilMs,
      wake: () => {
        signal?.removeEventListener('abort', sleeper.wake)
        this.#sleepers.delete(sleeper)
        resolve()
      },
    }
    signal?.addEventListener('abort', sleeper.wake)
    this.#sleepers.add(sleeper)
  }
}
