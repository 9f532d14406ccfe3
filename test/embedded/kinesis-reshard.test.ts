import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  GetRecordsCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  type Shard,
  type ShardFilterType,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { createStream, iteratorOf, openKinesis, put, read, shardId, texts } from './kinesis.contract.ts'
import { manualClock, STORES } from './start.ts'

const MIDDLE = (1n << 127n).toString()

async function shards(client: KinesisClient): Promise<readonly Shard[]> {
  return (await client.send(new ListShardsCommand({ StreamName: 's' }))).Shards ?? []
}

function oldest(index: number) {
  return { ShardId: shardId(index), ShardIteratorType: 'TRIM_HORIZON' } as const
}

async function split(client: KinesisClient, index: number, at = MIDDLE): Promise<void> {
  const input = { StreamName: 's', ShardToSplit: shardId(index), NewStartingHashKey: at }
  await client.send(new SplitShardCommand(input))
}

async function putAt(client: KinesisClient, ExplicitHashKey: string): Promise<string | undefined> {
  const input = { StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k', ExplicitHashKey }
  return (await client.send(new PutRecordCommand(input))).ShardId
}

for (const { store, directory } of STORES) {
  test(`${store}: a split closes the parent, whose reader is sent on to the children`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's')
    const before = await put(client, 's', 'before')
    const open = await iteratorOf(client, 's', { ShardId: shardId(0), ShardIteratorType: 'LATEST' })
    await split(client, 0)
    assert.equal(await putAt(client, '0'), shardId(1))
    assert.equal(await putAt(client, MIDDLE), shardId(2))
    const answer = await read(client, 's', oldest(0))
    assert.deepEqual(texts(answer), ['before'])
    assert.equal(answer.NextShardIterator, undefined)
    assert.deepEqual(
      answer.ChildShards?.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]),
      [
        [shardId(1), [shardId(0)]],
        [shardId(2), [shardId(0)]],
      ],
    )
    const late = await client.send(new GetRecordsCommand({ ShardIterator: open }))
    assert.equal(late.NextShardIterator, undefined)
    const [parent, low, high] = await shards(client)
    assert.equal(low?.ParentShardId, shardId(0))
    assert.equal(high?.HashKeyRange?.StartingHashKey, MIDDLE)
    const ending = BigInt(parent?.SequenceNumberRange?.EndingSequenceNumber ?? 0)
    assert.ok(ending > BigInt(before))
    assert.ok(BigInt(low?.SequenceNumberRange?.StartingSequenceNumber ?? 0) > ending)
  })

  test(`${store}: a merge of neighbours gives one child with two parents`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's', 3)
    const merge = (ShardToMerge: string, AdjacentShardToMerge: string) =>
      client.send(new MergeShardsCommand({ StreamName: 's', ShardToMerge, AdjacentShardToMerge }))
    await assert.rejects(merge(shardId(0), shardId(2)), { name: 'InvalidArgumentException', message: /adjacent/ })
    await merge(shardId(1), shardId(0))
    const child = (await shards(client)).at(-1)
    assert.deepEqual([child?.ParentShardId, child?.AdjacentParentShardId], [shardId(1), shardId(0)])
    assert.equal(child?.HashKeyRange?.StartingHashKey, '0')
    assert.equal(await putAt(client, '5'), shardId(3))
    const answer = await read(client, 's', oldest(0))
    assert.deepEqual(answer.ChildShards?.[0]?.ParentShards, [shardId(1), shardId(0)])
    await assert.rejects(merge(shardId(0), shardId(1)), { message: /already been merged or split/ })
  })
}

test('a closed shard with more than one read of records is read to its end before it names its children', async (t) => {
  const { client } = await openKinesis(t)
  await createStream(client, 's')
  for (const text of ['a', 'b', 'c']) await put(client, 's', text)
  await split(client, 0)
  const ShardIterator = await iteratorOf(client, 's', oldest(0))
  const first = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }))
  assert.deepEqual([texts(first), first.ChildShards], [['a', 'b'], undefined])
  const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator, Limit: 2 }))
  assert.deepEqual([texts(second), second.NextShardIterator, second.ChildShards?.length], [['c'], undefined, 2])
})

test('a split needs a hash key inside the shard, and an open shard', async (t) => {
  const { client } = await openKinesis(t)
  await createStream(client, 's')
  const last = ((1n << 128n) - 1n).toString()
  for (const key of ['0', last, 'x']) {
    await assert.rejects(split(client, 0, key), { name: 'InvalidArgumentException', message: /NewStartingHashKey/ })
  }
  await split(client, 0)
  await assert.rejects(split(client, 0), { name: 'InvalidArgumentException', message: /already been merged or split/ })
})

test('shard filters pick by what was open when', async (t) => {
  const clock = manualClock()
  const { client } = await openKinesis(t, { now: clock.now })
  await createStream(client, 's')
  clock.advance(10_000)
  await split(client, 0)
  clock.advance(10_000)
  const list = async (Type: ShardFilterType, rest: { Timestamp?: Date; ShardId?: string } = {}) => {
    const answer = await client.send(new ListShardsCommand({ StreamName: 's', ShardFilter: { Type, ...rest } }))
    return answer.Shards?.map(({ ShardId }) => ShardId)
  }
  const at = (ms: number) => ({ Timestamp: new Date(clock.now() - 20_000 + ms) })
  assert.deepEqual(await list('AT_LATEST'), [1, 2].map(shardId))
  assert.deepEqual(await list('AT_TRIM_HORIZON'), [0].map(shardId))
  assert.deepEqual(await list('FROM_TRIM_HORIZON'), [0, 1, 2].map(shardId))
  assert.deepEqual(await list('AT_TIMESTAMP', at(5_000)), [0].map(shardId))
  assert.deepEqual(await list('AT_TIMESTAMP', at(15_000)), [1, 2].map(shardId))
  assert.deepEqual(await list('FROM_TIMESTAMP', at(5_000)), [0, 1, 2].map(shardId))
  assert.deepEqual(await list('FROM_TIMESTAMP', at(15_000)), [1, 2].map(shardId))
  assert.deepEqual(await list('AFTER_SHARD_ID', { ShardId: shardId(1) }), [2].map(shardId))
})

test('a closed shard leaves the listing when its records are older than the retention', async (t) => {
  const clock = manualClock()
  const { client } = await openKinesis(t, { now: clock.now })
  await createStream(client, 's')
  await put(client, 's', 'x')
  await split(client, 0)
  clock.advance(24 * 3_600_000 + 1)
  assert.deepEqual(
    (await shards(client)).map(({ ShardId }) => ShardId),
    [1, 2].map(shardId),
  )
  await assert.rejects(iteratorOf(client, 's', oldest(0)), { name: 'ResourceNotFoundException' })
})
