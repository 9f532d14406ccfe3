import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { SequenceRange } from './kinesis-position.ts'

/** What plans have read, until their batches have used it. Serves only the very range that was planned. */
export class RecordSpool {
  readonly #batches = new Map<BatchTime, ReadonlyMap<string, readonly KinesisRecord[]>>()

  /** In place of what earlier plans left, of this batch or of batches that others have finished meanwhile. */
  put(batchTime: BatchTime, ranges: readonly { range: SequenceRange; records: readonly KinesisRecord[] }[]): void {
    this.release(batchTime)
    this.#batches.set(batchTime, new Map(ranges.map(({ range, records }) => [keyOf(range), records])))
  }

  get(range: SequenceRange): readonly KinesisRecord[] | undefined {
    const key = keyOf(range)
    for (const batch of this.#batches.values()) {
      const records = batch.get(key)
      if (records !== undefined) return records
    }
    return undefined
  }

  release(batchTime: BatchTime): void {
    for (const planned of [...this.#batches.keys()]) if (planned <= batchTime) this.#batches.delete(planned)
  }
}

function keyOf({ shardId, first, last, records }: SequenceRange): string {
  return `${shardId} ${first} ${last} ${records}`
}
