import type { BatchInfo, StreamingEvents } from '../dstream/streaming-listener.ts'

const PROBABILITIES = [0, 5, 10, 25, 50, 75, 90, 95, 100] as const

/** What a report can be told. */
export interface StatsReportOptions {
  /** Where reports go; standard output by default. */
  readonly write?: (text: string) => void
}

/**
 * Reports, after each batch, how total delays and processing times of the last batches are distributed.
 *
 * @example
 * ```ts
 * const listener = new StatsReportListener(10, { write: (text) => console.log(text) })
 * ssc.addStreamingListener(listener)
 * // Total delay: (count: 10, mean: 12.400, stdev: 1.800, max: 15.000, min: 9.000)
 * //   0%  5%  10%  25%  50%  75%  90%  95%  100%
 * //   9 ms  9 ms  10 ms  11 ms  12 ms  13 ms  14 ms  15 ms  15 ms
 * ```
 */
export class StatsReportListener {
  readonly #numBatchInfos: number
  readonly #write: (text: string) => void
  #batchInfos: readonly BatchInfo[] = []

  constructor(numBatchInfos = 10, { write = (text) => void process.stdout.write(text) }: StatsReportOptions = {}) {
    this.#numBatchInfos = numBatchInfos
    this.#write = write
  }

  /** Takes a batch in, and reports. */
  onBatchCompleted({ batchInfo }: StreamingEvents['onBatchCompleted']): void {
    this.#batchInfos = [...this.#batchInfos, batchInfo].slice(-this.#numBatchInfos)
    this.#report('Total delay: ', ({ totalDelay }) => totalDelay)
    this.#report('Processing time: ', ({ processingDelay }) => processingDelay)
  }

  #report(title: string, delayOf: (batch: BatchInfo) => number | undefined): void {
    const delays = this.#batchInfos.map(delayOf).filter((delay) => delay !== undefined)
    if (delays.length > 0) this.#write(`${title}${distribution(delays)}\n`)
  }
}

function distribution(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length
  const [max = 0, min = 0] = [sorted.at(-1), sorted[0]]
  const numbers = { mean, stdev: Math.sqrt(variance), max, min }
  const stats = Object.entries(numbers).map(([name, value]) => `${name}: ${value.toFixed(3)}`)
  const quantiles = PROBABILITIES.map((percent) => quantile(sorted, percent / 100))
  return [
    `(count: ${sorted.length}, ${stats.join(', ')})`,
    PROBABILITIES.map((percent) => `${percent}%`).join('\t'),
    quantiles.map((value) => `${value} ms`).join('\t'),
  ].join('\n\t')
}

function quantile(sorted: readonly number[], probability: number): number {
  return sorted[Math.min(Math.floor(probability * sorted.length), sorted.length - 1)] ?? 0
}
