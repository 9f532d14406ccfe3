import { SystemClock } from './system-clock.ts'

/** What those wait for who await the end of a context: that it stops, or that something fails. */
export class Termination {
  #stopped = false
  /** The most recent failure, for whoever asks from now on, too. */
  #failure: { readonly error: unknown } | undefined
  readonly #waiting = new Set<() => void>()

  stopped(): void {
    this.#stopped = true
    this.#wake()
  }

  failed(error: unknown): void {
    this.#failure = { error }
    this.#wake()
  }

  /** Resolves to true when it has stopped, to false when `ms` have passed; rejects with the most recent failure. */
  async wait(ms?: number): Promise<boolean> {
    if (this.#failure === undefined && !this.#stopped) await this.#woken(ms)
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#stopped
  }

  #woken(ms: number | undefined): Promise<void> {
    const over = new AbortController()
    return new Promise((resolve) => {
      const wake = (): void => {
        over.abort()
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      if (ms !== undefined) void new SystemClock().sleep(ms, over.signal).then(wake)
    })
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}
