import type { SourceDescriptor } from '../../ports/source.ts'
import { type OptionsForm, optionObject } from '../../util/option-object.ts'
import { BAD_RECORD_NAMES, type BadRecordOptions } from './bad-records.ts'

/** A record as Kinesis gives it, taken out of its aggregate if it was in one. */
export interface KinesisRecord {
  readonly data: Uint8Array
  readonly partitionKey: string
  readonly sequenceNumber: string
  /** Milliseconds since the epoch. */
  readonly approximateArrivalTimestamp: number
  readonly shardId: string
}

/** Where a shard is read from when no batch has read it yet. */
export type InitialPosition = 'LATEST' | 'TRIM_HORIZON' | { readonly timestamp: Date | number }

/** Which stream to read, and how. */
export interface KinesisStreamOptions<T> extends BadRecordOptions {
  /** `flights`, or `kinesis://flights`. */
  readonly streamName: string
  /** `LATEST` by default, as in Spark: what is put after the first batch was planned. */
  readonly initialPosition?: InitialPosition | undefined
  /** Makes an element of a record; without it elements are the records' bytes. */
  readonly decode?: ((record: KinesisRecord) => T) | undefined
  readonly region?: string | undefined
  /** Leaves more records of a shard than this for the next batch. */
  readonly maxRecordsPerShard?: number | undefined
  /** What to do about records that are gone before they were read: `fail` (the default), or `skip` and record the gap. */
  readonly onDataLoss?: 'fail' | 'skip' | undefined
}

const KINESIS_STREAM_FORM: OptionsForm<KinesisStreamOptions<never>> = {
  example: "{ streamName: 'lines' }",
  names: {
    streamName: true,
    initialPosition: true,
    decode: true,
    region: true,
    maxRecordsPerShard: true,
    onDataLoss: true,
    ...BAD_RECORD_NAMES,
  },
}

export function kinesisSource<T>(options: KinesisStreamOptions<T>): SourceDescriptor {
  const given = optionObject(options, 'A Kinesis stream', KINESIS_STREAM_FORM)
  return { kind: 'kinesis', options: { initialPosition: 'LATEST', ...given } }
}
