import type { SourceNodeOptions } from '../../rdd/nodes/source.ts'
import type { BadPlaces } from './bad-places.ts'
import type { StreamRecords } from './stream-records.ts'

export interface GoodRecordsOptions {
  readonly stream: string
  readonly leftOut: BadPlaces
  /** Takes how many records each partition has, bad ones included: they were read. A range that cannot be decoded counts as one. */
  readonly counts: number[]
}

/** The elements of a stream's records without the bad ones. */
export function goodRecords(
  records: StreamRecords,
  { stream, leftOut, counts }: GoodRecordsOptions,
): SourceNodeOptions<unknown> {
  return {
    partitions: records.partitions,
    async *read(partition, signal) {
      if (leftOut.isWhole(stream, partition)) {
        counts[partition] = 1
        return
      }
      const bad = leftOut.of(stream, partition)
      let read = 0
      for await (const chunk of records.read(partition, signal)) {
        const first = read
        read += chunk.length
        const good = bad.size === 0 ? chunk : chunk.filter((_, i) => !bad.has(first + i))
        yield good.map((record) => records.decodeGood(record))
        counts[partition] = Math.max(counts[partition] ?? 0, read)
      }
    },
    describe: (partition, index) => records.describe(partition, placeAmongAll(index, leftOut.of(stream, partition))),
  }
}

/** Where the good record of this number is when bad ones are counted, too. */
function placeAmongAll(index: number, bad: ReadonlySet<number>): number {
  let place = index
  for (const at of [...bad].sort((a, b) => a - b)) if (at <= place) place++
  return place
}
