import { formatSequenceNumber } from './sequence-number.ts'
import { type Shard, shardId } from './shard.ts'
import type { Stream } from './stream.ts'

/** A shard as ListShards and DescribeStream show it. */
export function shardView({ createdMs }: Stream, { id, facts, hashKeyRange }: Shard): object {
  const { index, parents, startOrdinal, endOrdinal } = facts
  const [parent, adjacent] = parents
  const sequenceNumber = (ordinal: number) => formatSequenceNumber({ createdMs, ordinal, shardIndex: index })
  return {
    ShardId: id,
    ...(parent !== undefined && { ParentShardId: shardId(parent) }),
    ...(adjacent !== undefined && { AdjacentParentShardId: shardId(adjacent) }),
    HashKeyRange: hashKeyRange,
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(startOrdinal),
      ...(endOrdinal !== undefined && { EndingSequenceNumber: sequenceNumber(endOrdinal) }),
    },
  }
}
