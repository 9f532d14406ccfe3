import type { Clock } from '../../src/ports/clock.ts'

/** Longer sleeps are those of deadlines, which wait for the time to pass; shorter ones make it pass. */
const DEADLINE_MS = 15_000

/** A clock that stands still but for those who wait for a batch time, for whom it jumps. */
export class SteppingClock implements Clock {
  #nowMs: number
  readonly #parked = new Set<{ readonly atMs: number; readonly wake: () => void }>()
  readonly #events: { readonly atMs: number; readonly happen: () => Promise<void> }[] = []

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  /** What happens in the world when the clock reaches a time. */
  at(atMs: number, happen: () => Promise<void>): void {
    this.#events.push({ atMs, happen })
    this.#events.sort((a, b) => a.atMs - b.atMs)
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs
    for (const sleeper of this.#parked) if (sleeper.atMs <= nowMs) sleeper.wake()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return
    const atMs = this.#nowMs + ms
    if (ms >= DEADLINE_MS) return this.#park(atMs, signal)
    for (;;) {
      const next = this.#events[0]
      if (next === undefined || next.atMs > atMs) break
      this.#events.shift()
      this.set(Math.max(this.#nowMs, next.atMs))
      await next.happen()
    }
    this.set(Math.max(this.#nowMs, atMs))
  }

  #park(atMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = {
        atMs,
        wake: () => {
          this.#parked.delete(sleeper)
          signal?.removeEventListener('abort', sleeper.wake)
          resolve()
        },
      }
      this.#parked.add(sleeper)
      signal?.addEventListener('abort', sleeper.wake)
    })
  }
}
