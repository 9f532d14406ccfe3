import type { Clock } from '../../ports/clock.ts'

const SECOND_MS = 1_000

/** A token bucket: so many records a second, of which those of one second may come at once. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #rate: number
  #tokens = 0
  #filledMs: number

  /** The rate is in records a second; none, or one that is not above 0: no limit. */
  constructor(clock: Clock, maxRate?: number) {
    this.#clock = clock
    this.#rate = maxRate !== undefined && maxRate > 0 ? maxRate : Number.POSITIVE_INFINITY
    this.#filledMs = clock.now()
  }

  /** Takes so many tokens, or says how many milliseconds to wait before asking again. A large group runs into debt. */
  take(records: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0
    const now = this.#clock.now()
    const earned = (Math.max(0, now - this.#filledMs) / SECOND_MS) * this.#rate
    this.#tokens = Math.min(this.#tokens + earned, this.#rate)
    this.#filledMs = now
    if (this.#tokens < 0) return Math.max(1, Math.ceil((-this.#tokens / this.#rate) * SECOND_MS))
    this.#tokens -= records
    return 0
  }
}
