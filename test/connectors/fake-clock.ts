import type { Clock } from '../../src/ports/clock.ts'

/** Stands still until it is moved; sleeping moves it, and is over at once. */
export class FakeClock implements Clock {
  readonly sleeps: number[] = []
  #nowMs: number

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }
  now(): number {
    return this.#nowMs
  }
  advance(ms: number): void {
    this.#nowMs += ms
  }
  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms)
    this.#nowMs += ms
  }
}
