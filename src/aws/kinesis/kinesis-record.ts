import type { _Record } from '@aws-sdk/client-kinesis'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'

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
