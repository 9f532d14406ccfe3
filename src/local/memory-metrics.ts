import type { Metrics, MetricUnit } from '../ports/metrics.ts'

/** One number, as it was recorded. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: MetricUnit
  readonly dimensions: Readonly<Record<string, string>>
}

/** A process that runs for weeks must not fill its memory with numbers that nobody asks for. */
const DEFAULT_KEPT = 10_000

/**
 * The latest measurements, in this process's memory. `flush` makes those recorded so far readable in `flushed`.
 *
 * @example
 * ```ts
 * const metrics = new MemoryMetrics()
 * metrics.record('BatchRecords', 5, 'Count')
 * await metrics.flush()
 * metrics.flushed // [{ name: 'BatchRecords', value: 5, unit: 'Count', dimensions: {} }]
 * ```
 */
export class MemoryMetrics implements Metrics {
  readonly #kept: number
  #recorded: Measurement[] = []
  #flushed: readonly Measurement[] = []

  constructor(options: { readonly kept?: number } = {}) {
    this.#kept = options.kept ?? DEFAULT_KEPT
  }

  /** What was recorded before the last flush, oldest first. */
  get flushed(): readonly Measurement[] {
    return this.#flushed
  }

  /** Takes in a measurement; what is not a finite number is left out. */
  record(name: string, value: number, unit: MetricUnit, dimensions: Readonly<Record<string, string>> = {}): void {
    if (!Number.isFinite(value)) return
    this.#recorded.push({ name, value, unit, dimensions: { ...dimensions } })
    if (this.#recorded.length > 2 * this.#kept) this.#recorded = this.#recorded.slice(-this.#kept)
  }

  /** Makes what was recorded so far readable. */
  async flush(): Promise<void> {
    this.#flushed = [...this.#flushed, ...this.#recorded].slice(-this.#kept)
    this.#recorded = []
  }
}
