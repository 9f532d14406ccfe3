import type { Clock } from '../ports/clock.ts'
import type { Metrics, MetricUnit } from '../ports/metrics.ts'

/** What CloudWatch takes in one line of the embedded metric format. */
const MAX_METRICS = 100
const MAX_VALUES = 100
const MAX_DIMENSIONS = 30

export interface CloudWatchMetricsOptions {
  readonly clock: Clock
  /** `Sluice` by default. */
  readonly namespace?: string
  /** Where lines go; standard output by default, which Lambda hands on to CloudWatch. */
  readonly write?: (line: string) => void
}

interface Series {
  readonly name: string
  readonly unit: MetricUnit
  readonly values: number[]
}

interface Group {
  readonly dimensions: Readonly<Record<string, string>>
  readonly series: Map<string, Series>
}

/**
 * Measurements in CloudWatch's embedded metric format: no call, no permission, only lines on standard output. A flush
 * writes one line per set of dimensions, more where there are over 100 metrics or values.
 *
 * @example
 * ```ts
 * const lines: string[] = []
 * const metrics = new CloudWatchMetrics({ clock, write: (line) => lines.push(line) })
 * metrics.record('BatchRecords', 5, 'Count', { Application: 'word-count' })
 * await metrics.flush()
 * lines.length // 1
 * ```
 */
export class CloudWatchMetrics implements Metrics {
  readonly #options: Required<CloudWatchMetricsOptions>
  #groups = new Map<string, Group>()

  constructor(options: CloudWatchMetricsOptions) {
    this.#options = { namespace: 'Sluice', write: (line) => process.stdout.write(line), ...options }
  }

  record(name: string, value: number, unit: MetricUnit, dimensions: Readonly<Record<string, string>> = {}): void {
    if (!Number.isFinite(value)) return
    // CloudWatch drops the whole line for an empty dimension.
    const usable = Object.entries(dimensions).filter(([key, text]) => key !== '' && text !== '')
    const sorted = usable.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_DIMENSIONS)
    const id = JSON.stringify(sorted)
    const group = this.#groups.get(id) ?? { dimensions: Object.fromEntries(sorted), series: new Map() }
    this.#groups.set(id, group)
    const series = group.series.get(`${unit} ${name}`) ?? { name, unit, values: [] }
    group.series.set(`${unit} ${name}`, series)
    series.values.push(value)
  }

  async flush(): Promise<void> {
    const groups = this.#groups
    this.#groups = new Map()
    for (const { dimensions, series } of groups.values()) {
      const pieces = [...series.values()].flatMap(inPieces)
      for (const line of linesOf(pieces)) this.#write(dimensions, line)
    }
  }

  #write(dimensions: Readonly<Record<string, string>>, series: readonly Series[]): void {
    const { clock, namespace, write } = this.#options
    const definition = {
      Namespace: namespace,
      Dimensions: [Object.keys(dimensions)],
      Metrics: series.map(({ name, unit }) => ({ Name: name, Unit: unit })),
    }
    const values = series.map(({ name, values }) => [name, values.length === 1 ? values[0] : values])
    const aws = { Timestamp: clock.now(), CloudWatchMetrics: [definition] }
    write(`${JSON.stringify({ _aws: aws, ...dimensions, ...Object.fromEntries(values) })}\n`)
  }
}

function inPieces({ name, unit, values }: Series): Series[] {
  const pieces: Series[] = []
  for (let i = 0; i < values.length; i += MAX_VALUES)
    pieces.push({ name, unit, values: values.slice(i, i + MAX_VALUES) })
  return pieces
}

/** A line holds each name once. */
function linesOf(pieces: readonly Series[]): Series[][] {
  const lines: Map<string, Series>[] = []
  for (const piece of pieces) {
    const line = lines.find((each) => each.size < MAX_METRICS && !each.has(piece.name)) ?? new Map<string, Series>()
    if (line.size === 0) lines.push(line)
    line.set(piece.name, piece)
  }
  return lines.map((line) => [...line.values()])
}
