import { join } from 'node:path'
import { readFileIfThere, replaceFile } from '../../src/embedded/storage/atomic-file.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import type { Clock } from '../../src/ports/clock.ts'

export interface DemoClockOptions {
  /** Where the time is noted. */
  readonly directory: string
  /** What the clock shows when nothing is noted yet, milliseconds since the epoch. */
  readonly startMs: number
  /** Lets it run faster than the day, for tests. */
  readonly rate?: number
}

/** After a kill the clock goes on at most this far ahead of where it was, and never behind. */
const NOTE_EVERY_MS = 1_000

/**
 * The time of the demonstration, which stands still while it does not run: by the time of day it would have to make up for
 * every tick of the night, batch by batch, before it went on where it was.
 */
export class DemoClock implements Clock {
  readonly #path: string
  readonly #rate: number
  readonly #startMs: number
  readonly #startedAt = performance.now()
  readonly #timer = new SystemClock()
  readonly #noting: NodeJS.Timeout

  constructor({ directory, startMs, rate = 1 }: DemoClockOptions) {
    this.#path = join(directory, 'clock')
    this.#rate = rate
    const noted = Number(readFileIfThere(this.#path)?.toString())
    this.#startMs = noted > 0 ? noted + NOTE_EVERY_MS * rate : startMs
    this.#note()
    this.#noting = setInterval(() => this.#note(), NOTE_EVERY_MS).unref()
  }

  now(): number {
    return Math.floor(this.#startMs + (performance.now() - this.#startedAt) * this.#rate)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#timer.sleep(ms / this.#rate, signal)
  }

  stop(): void {
    clearInterval(this.#noting)
    this.#note()
  }

  #note(): void {
    replaceFile(this.#path, String(this.now()))
  }
}
