/** The only way to the time of day. Clocks decide what is due and who waits; no safety rests on them. */
export interface Clock {
  /** Milliseconds since the epoch. May jump, also backwards. */
  now(): number
  /** Resolves after `ms` milliseconds of this clock, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
