import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'

/** The text of every record that a stream holds, by shard, in order. */
export async function recordsByShard(kinesis: KinesisClient, stream: string): Promise<ReadonlyMap<string, string[]>> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: stream }))
  const reads = Shards.map(async ({ ShardId = '' }) => [ShardId, await recordsOf(kinesis, stream, ShardId)] as const)
  return new Map(await Promise.all(reads))
}

async function recordsOf(kinesis: KinesisClient, StreamName: string, ShardId: string): Promise<string[]> {
  const start = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  const texts: string[] = []
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start))
  while (ShardIterator !== undefined) {
    const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    texts.push(...(answer.Records ?? []).map(({ Data }) => new TextDecoder().decode(Data)))
    ShardIterator = answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator
  }
  return texts
}
