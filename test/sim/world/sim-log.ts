import type { Pair } from '../apps/app-spec.ts'

/** A stream outside of the application, as Kinesis keeps one: records by partition, old ones dropped some day. */
export class SimLog {
  readonly partitions: readonly {
    readonly records: Pair[]
    /** Records before this one are lost, and where that ever was. */
    trimmed: number
    readonly trims: number[]
  }[]

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => ({ records: [], trimmed: 0, trims: [0] }))
  }

  append(partition: number, pair: Pair): void {
    this.partitions[partition]?.records.push(pair)
  }

  /** Loses what is there. */
  trim(): void {
    for (const partition of this.partitions) {
      partition.trimmed = partition.records.length
      partition.trims.push(partition.trimmed)
    }
  }

  /** Somebody puts back what was lost. */
  restore(): void {
    for (const partition of this.partitions) partition.trimmed = 0
  }
}
