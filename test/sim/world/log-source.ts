import type { OffsetRange, SourcePlan } from '../../../src/checkpoint/plan.ts'
import type { PlanRequest, Source } from '../../../src/ports/source.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import type { SimLog } from './sim-log.ts'
import type { SimProcess } from './sim-process.ts'
import { Wire } from './wire.ts'

export interface LogSourceOptions {
  /** Where the first plan starts. */
  readonly start: 'latest' | 'earliest'
  readonly maxRecords: number
}

/** Where each partition's next plan starts. */
interface Position {
  readonly offsets: readonly number[]
}

/** Reads a log as a process sees it: exact ranges, each the same whenever it is read, until it is lost. */
export class LogSource implements Source {
  readonly #log: SimLog
  readonly #wire: Wire
  readonly #options: LogSourceOptions

  constructor(log: SimLog, process: SimProcess, options: LogSourceOptions) {
    this.#log = log
    this.#wire = new Wire(process)
    this.#options = options
  }

  plan({ position, limits }: PlanRequest): Promise<SourcePlan> {
    const most = Math.min(this.#options.maxRecords, limits.maxRecords)
    const act = (): SourcePlan => this.#cut(position as Position | undefined, most)
    return this.#wire.call({ site: 'source:plan', act, changes: false })
  }

  #cut(position: Position | undefined, most: number): SourcePlan {
    const { start } = this.#options
    let left = most
    let more = false
    const ranges = this.#log.partitions.flatMap(({ records, trimmed }, at): OffsetRange[] => {
      const from = position?.offsets[at] ?? (start === 'latest' ? records.length : trimmed)
      if (from < trimmed) throw dataLost(at, from)
      const until = Math.min(records.length, from + left)
      left -= until - from
      more ||= until < records.length
      return [{ partition: String(at), from, until, records: until - from }]
    })
    return {
      kind: 'log',
      version: 1,
      ranges: left === most ? [] : ranges,
      next: { offsets: ranges.map(({ until }) => Number(until)) },
      records: most - left,
      more,
    }
  }

  async *read({ partition, from, until }: OffsetRange): AsyncGenerator<readonly unknown[]> {
    if (from === until) return
    const at = Number(partition)
    const act = (): readonly unknown[] => {
      const log = this.#log.partitions[at]
      if (log === undefined || Number(from) < log.trimmed) throw dataLost(at, Number(from))
      return log.records.slice(Number(from), Number(until))
    }
    yield await this.#wire.call({ site: 'source:read', act, changes: false })
  }

  describe({ partition, from }: OffsetRange, index: number): string {
    return `record ${Number(from) + index} of partition ${partition}`
  }

  async close(): Promise<void> {}
}

function dataLost(partition: number, from: number): SluiceError {
  const message = `Simulated: the records are gone: ${from} of partition ${partition}`
  return new SluiceError({ code: 'data-lost', kind: 'data', message })
}
