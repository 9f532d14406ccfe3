import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { type KinesisOptions, type RunningServer, startKinesis } from '../../src/embedded/index.ts'
import { kinesisClient } from './clients.ts'
import { type Ending, manualClock } from './start.ts'

export interface Kinesis {
  readonly server: RunningServer
  readonly client: KinesisClient
}

export async function openKinesis(t: TestContext, options: KinesisOptions = {}): Promise<Kinesis> {
  const server = await startKinesis(options)
  const client = kinesisClient(server.endpoint)
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  return { server, client }
}

export async function createStream(client: KinesisClient, name: string, shards = 1): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
}

export async function put(client: KinesisClient, stream: string, data: string, key = 'key'): Promise<string> {
  const input = { StreamName: stream, Data: Buffer.from(data), PartitionKey: key }
  return (await client.send(new PutRecordCommand(input))).SequenceNumber ?? ''
}

export type Start = Omit<GetShardIteratorCommandInput, 'StreamName'>

export async function iteratorOf(client: KinesisClient, stream: string, start: Start): Promise<string> {
  const answer = await client.send(new GetShardIteratorCommand({ StreamName: stream, ...start }))
  return answer.ShardIterator ?? ''
}

export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`
}

export function texts({ Records = [] }: GetRecordsCommandOutput): readonly string[] {
  return Records.map(({ Data }) => Buffer.from(Data ?? []).toString())
}

/** One read from a start position. */
export async function read(client: KinesisClient, stream: string, start: Start): Promise<GetRecordsCommandOutput> {
  return client.send(new GetRecordsCommand({ ShardIterator: await iteratorOf(client, stream, start) }))
}

const OLDEST = { ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' } as const

/** What holds wherever the records are kept. */
export function kinesisContract(store: string, directory: (test: Ending) => KinesisOptions): void {
  test(`${store}: records come back in order, with keys, times and growing sequence numbers`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's')
    await put(client, 's', 'a', 'ключ "1"\\')
    clock.advance(1500)
    await put(client, 's', 'b', 'k2')
    const answer = await read(client, 's', OLDEST)
    const [first, second] = answer.Records ?? []
    assert.deepEqual(texts(answer), ['a', 'b'])
    assert.equal(first?.PartitionKey, 'ключ "1"\\')
    assert.equal(second?.ApproximateArrivalTimestamp?.getTime(), clock.now())
    assert.ok(BigInt(second?.SequenceNumber ?? 0) > BigInt(first?.SequenceNumber ?? 0))
    assert.equal(answer.MillisBehindLatest, 0)
  })

  test(`${store}: an empty record and every byte value survive`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's')
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const Records = [bytes, new Uint8Array()].map((Data) => ({ Data, PartitionKey: 'k' }))
    await client.send(new PutRecordsCommand({ StreamName: 's', Records }))
    const answer = await read(client, 's', OLDEST)
    assert.deepEqual(answer.Records?.[0]?.Data, bytes)
    assert.equal(answer.Records?.[1]?.Data?.length, 0)
  })

  test(`${store}: PutRecords keeps the order of a shard and names the shard of each record by the MD5 of its key`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's', 3)
    const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`)
    const Records = keys.map((key) => ({ Data: Buffer.from(key), PartitionKey: key }))
    const answer = await client.send(new PutRecordsCommand({ StreamName: 's', Records }))
    assert.equal(answer.FailedRecordCount, 0)
    const width = (1n << 128n) / 3n
    const expected = keys.map((key) => {
      const hash = BigInt(`0x${createHash('md5').update(key).digest('hex')}`)
      return shardId(Math.min(2, Number(hash / width)))
    })
    assert.deepEqual(
      answer.Records?.map(({ ShardId }) => ShardId),
      expected,
    )
    for (const index of [0, 1, 2]) {
      const found = await read(client, 's', { ShardId: shardId(index), ShardIteratorType: 'TRIM_HORIZON' })
      const put = keys.filter((_, at) => expected[at] === shardId(index))
      assert.deepEqual(texts(found), put)
    }
  })

  test(`${store}: an explicit hash key outweighs the partition key`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's', 2)
    const last = ((1n << 128n) - 1n).toString()
    for (const [ExplicitHashKey, expected] of [
      ['0', shardId(0)],
      [last, shardId(1)],
      [(1n << 127n).toString(), shardId(1)],
      [((1n << 127n) - 1n).toString(), shardId(0)],
    ] as const) {
      const input = { StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k', ExplicitHashKey }
      assert.equal((await client.send(new PutRecordCommand(input))).ShardId, expected)
    }
    const beyond = { StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k', ExplicitHashKey: `${last}0` }
    await assert.rejects(client.send(new PutRecordCommand(beyond)), { name: 'InvalidArgumentException' })
  })

  test(`${store}: every iterator type starts where it says`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's')
    const sequenceNumbers: string[] = []
    for (const text of ['a', 'b', 'c']) {
      sequenceNumbers.push(await put(client, 's', text))
      clock.advance(1000)
    }
    const ShardId = shardId(0)
    const latest = await iteratorOf(client, 's', { ShardId, ShardIteratorType: 'LATEST' })
    const StartingSequenceNumber = sequenceNumbers[1] ?? ''
    const start = async (rest: Omit<Start, 'ShardId'>) => texts(await read(client, 's', { ShardId, ...rest }))
    const at = (ms: number) => new Date(clock.now() + ms)
    assert.deepEqual(await start({ ShardIteratorType: 'TRIM_HORIZON' }), ['a', 'b', 'c'])
    assert.deepEqual(await start({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }), ['b', 'c'])
    assert.deepEqual(await start({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber }), ['c'])
    assert.deepEqual(await start({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: at(-2000) }), ['b', 'c'])
    assert.deepEqual(await start({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: at(-1999) }), ['c'])
    assert.deepEqual(await start({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: at(0) }), [])
    await put(client, 's', 'd')
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: latest }))
    assert.deepEqual(texts(answer), ['d'])
    const future = { ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: at(60_000) } as const
    await assert.rejects(iteratorOf(client, 's', future), { name: 'InvalidArgumentException' })
  })

  test(`${store}: reading on by Limit meets every record once and says how far behind it is`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's')
    for (let index = 0; index < 7; index++) await put(client, 's', String(index))
    clock.advance(4000)
    let ShardIterator: string | undefined = await iteratorOf(client, 's', OLDEST)
    const found: string[] = []
    const behind: (number | undefined)[] = []
    for (let reads = 0; reads < 4; reads++) {
      const answer: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 3 }))
      found.push(...texts(answer))
      behind.push(answer.MillisBehindLatest)
      ShardIterator = answer.NextShardIterator
    }
    assert.deepEqual(found, ['0', '1', '2', '3', '4', '5', '6'])
    assert.deepEqual(behind, [4000, 4000, 0, 0])
  })

  test(`${store}: one read gives 10,000 records at most`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's')
    for (let call = 0; call < 21; call++) {
      const Records = Array.from({ length: 500 }, () => ({ Data: Buffer.from('x'), PartitionKey: 'k' }))
      await client.send(new PutRecordsCommand({ StreamName: 's', Records }))
    }
    const first = await read(client, 's', OLDEST)
    assert.equal(first.Records?.length, 10_000)
    assert.ok((first.MillisBehindLatest ?? 0) > 0)
    const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }))
    assert.equal(second.Records?.length, 500)
  })

  test(`${store}: one read gives 10 MB at most, across everything the shard is kept in`, async (t) => {
    const { client } = await openKinesis(t, directory(t))
    await createStream(client, 's')
    const Data = Buffer.alloc(900_000, 'x')
    for (let index = 0; index < 30; index++) {
      await client.send(new PutRecordCommand({ StreamName: 's', Data, PartitionKey: String(index) }))
    }
    const counts: (number | undefined)[] = []
    const keys: (string | undefined)[] = []
    let ShardIterator: string | undefined = await iteratorOf(client, 's', OLDEST)
    while (counts.length < 3) {
      const answer: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator }))
      counts.push(answer.Records?.length)
      keys.push(...(answer.Records ?? []).map(({ PartitionKey }) => PartitionKey))
      ShardIterator = answer.NextShardIterator
    }
    assert.deepEqual(counts, [11, 11, 8])
    assert.deepEqual(
      keys,
      Array.from({ length: 30 }, (_, index) => String(index)),
    )
    const again = await read(client, 's', OLDEST)
    assert.equal(again.Records?.[0]?.PartitionKey, '0')
    assert.equal(again.Records?.[0]?.Data?.length, 900_000)
  })

  test(`${store}: streams are created, described, listed by pages and deleted`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    for (const name of ['b', 'a', 'c']) await createStream(client, name, 2)
    await client.send(new CreateStreamCommand({ StreamName: 'd', StreamModeDetails: { StreamMode: 'ON_DEMAND' } }))
    await assert.rejects(createStream(client, 'a'), { name: 'ResourceInUseException' })
    const page = await client.send(new ListStreamsCommand({ Limit: 2 }))
    assert.deepEqual([page.StreamNames, page.HasMoreStreams], [['a', 'b'], true])
    const rest = await client.send(new ListStreamsCommand({ ExclusiveStartStreamName: 'b' }))
    assert.deepEqual([rest.StreamNames, rest.HasMoreStreams], [['c', 'd'], false])
    const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamName: 'a', Limit: 1 }))
    assert.equal(stream?.StreamStatus, 'ACTIVE')
    assert.equal(stream?.HasMoreShards, true)
    assert.equal(stream?.Shards?.[0]?.HashKeyRange?.StartingHashKey, '0')
    assert.equal(stream?.StreamCreationTimestamp?.getTime(), clock.now())
    const byArn = await client.send(new DescribeStreamSummaryCommand({ StreamARN: stream?.StreamARN }))
    assert.equal(byArn.StreamDescriptionSummary?.StreamName, 'a')
    assert.equal(byArn.StreamDescriptionSummary?.OpenShardCount, 2)
    const onDemand = await client.send(new DescribeStreamSummaryCommand({ StreamName: 'd' }))
    assert.equal(onDemand.StreamDescriptionSummary?.StreamModeDetails?.StreamMode, 'ON_DEMAND')
    await client.send(new DeleteStreamCommand({ StreamName: 'a' }))
    await assert.rejects(client.send(new DescribeStreamSummaryCommand({ StreamName: 'a' })), {
      name: 'ResourceNotFoundException',
      message: 'Stream a under account 000000000000 not found.',
    })
  })

  test(`${store}: a stream of a deleted one's name knows neither its iterators nor its sequence numbers`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's')
    const StartingSequenceNumber = await put(client, 's', 'old')
    const ShardIterator = await iteratorOf(client, 's', OLDEST)
    await client.send(new DeleteStreamCommand({ StreamName: 's' }))
    clock.advance(1)
    await createStream(client, 's')
    assert.deepEqual(texts(await read(client, 's', OLDEST)), [])
    const old = client.send(new GetRecordsCommand({ ShardIterator }))
    await assert.rejects(old, { name: 'ResourceNotFoundException' })
    const start = { ShardId: shardId(0), ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber } as const
    await assert.rejects(iteratorOf(client, 's', start), { name: 'InvalidArgumentException' })
  })

  test(`${store}: records older than the retention are gone, and a longer retention keeps them`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's')
    const hour = 3_600_000
    const trimmed = await put(client, 's', 'a')
    clock.advance(20 * hour)
    await put(client, 's', 'b')
    clock.advance(5 * hour)
    assert.deepEqual(texts(await read(client, 's', OLDEST)), ['b'])
    const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: trimmed } as const
    assert.deepEqual(texts(await read(client, 's', { ShardId: shardId(0), ...at })), ['b'])
    const longer = { StreamName: 's', RetentionPeriodHours: 48 }
    await client.send(new IncreaseStreamRetentionPeriodCommand(longer))
    clock.advance(20 * hour)
    assert.deepEqual(texts(await read(client, 's', OLDEST)), ['b'])
    const shorter = { StreamName: 's', RetentionPeriodHours: 24 }
    await assert.rejects(client.send(new IncreaseStreamRetentionPeriodCommand(shorter)), {
      name: 'InvalidArgumentException',
    })
    await client.send(new DecreaseStreamRetentionPeriodCommand(shorter))
    assert.deepEqual(texts(await read(client, 's', OLDEST)), [])
  })

  test(`${store}: shards are listed by pages whose tokens stand alone and expire`, async (t) => {
    const clock = manualClock()
    const { client } = await openKinesis(t, { ...directory(t), now: clock.now })
    await createStream(client, 's', 5)
    const ids: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const answer: { Shards?: { ShardId: string | undefined }[] | undefined; NextToken?: string | undefined } =
        await client.send(
          new ListShardsCommand({ MaxResults: 2, ...(NextToken ? { NextToken } : { StreamName: 's' }) }),
        )
      ids.push(...(answer.Shards ?? []).map(({ ShardId }) => ShardId))
      NextToken = answer.NextToken
    } while (NextToken !== undefined)
    assert.deepEqual(ids, [0, 1, 2, 3, 4].map(shardId))
    const after = new ListShardsCommand({ StreamName: 's', ExclusiveStartShardId: shardId(2) })
    assert.equal((await client.send(after)).Shards?.length, 2)
    const page = await client.send(new ListShardsCommand({ StreamName: 's', MaxResults: 1 }))
    const both = new ListShardsCommand({ StreamName: 's', NextToken: page.NextToken })
    await assert.rejects(client.send(both), { name: 'InvalidArgumentException' })
    clock.advance(300_001)
    const late = new ListShardsCommand({ NextToken: page.NextToken })
    await assert.rejects(client.send(late), { name: 'ExpiredNextTokenException' })
  })
}
