import type { _Record } from '@aws-sdk/client-kinesis'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { RawRecord } from '../../ports/source.ts'

export function kinesisRecord(record: _Record, shardId: string): KinesisRecord {
  return {
    data: record.Data ?? new Uint8Array(0),
    partitionKey: record.PartitionKey ?? '',
    sequenceNumber: record.SequenceNumber ?? '',
    approximateArrivalTimestamp: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
    shardId,
  }
}

/** As Kinesis counts: the data and the partition key. */
export function recordBytes({ data, partitionKey }: KinesisRecord): number {
  return data.length + partitionKey.length
}

/** Everything but the data says where the record is; a function that decodes may ask for any of it. */
export function rawRecord({ data, ...position }: KinesisRecord): RawRecord {
  return { payload: data, position: { ...position } }
}

/** For a function, which may change what it is given, bytes included. */
export function ownRecord(record: KinesisRecord): KinesisRecord {
  return { ...record, data: record.data.slice() }
}

/** What `rawRecord` was made of; see `ownRecord`. */
export function kinesisRecordOf({ payload, position }: RawRecord): KinesisRecord {
  return { ...(position as unknown as Omit<KinesisRecord, 'data'>), data: (payload as Uint8Array).slice() }
}
