import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { kinesisClient } from './clients.ts'
import {
  createStream,
  iteratorOf,
  kinesisContract,
  openKinesis,
  put,
  read,
  shardId,
  texts,
} from './kinesis.contract.ts'
import { manualClock, STORES } from './start.ts'

for (const { store, directory } of STORES) kinesisContract(store, directory)

const OLDEST = { ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' } as const

test('an iterator lives for five minutes', async (t) => {
  const clock = manualClock()
  const { client } = await openKinesis(t, { now: clock.now })
  await createStream(client, 's')
  const ShardIterator = await iteratorOf(client, 's', OLDEST)
  clock.advance(300_000)
  assert.ok(await client.send(new GetRecordsCommand({ ShardIterator })))
  clock.advance(1)
  await assert.rejects(client.send(new GetRecordsCommand({ ShardIterator })), { name: 'ExpiredIteratorException' })
})

test('an iterator that is none, a shard and a stream that are not there are refused by name', async (t) => {
  const { client } = await openKinesis(t)
  await createStream(client, 's')
  const invalid = client.send(new GetRecordsCommand({ ShardIterator: 'AAAA' }))
  await assert.rejects(invalid, { name: 'InvalidArgumentException', message: 'Invalid ShardIterator.' })
  const noShard = iteratorOf(client, 's', { ...OLDEST, ShardId: shardId(7) })
  await assert.rejects(noShard, { name: 'ResourceNotFoundException', message: /shardId-000000000007 in stream s/ })
  await assert.rejects(put(client, 'none', 'x'), { name: 'ResourceNotFoundException' })
  const start = { ShardId: shardId(0), ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '1' } as const
  await assert.rejects(iteratorOf(client, 's', start), {
    name: 'InvalidArgumentException',
    message: /did not come from/,
  })
})

test('more than 500 records, more than 5 MiB and a record of more than 1 MiB are refused whole', async (t) => {
  const { client } = await openKinesis(t)
  await createStream(client, 's')
  const records = (count: number, sizeBytes: number) =>
    Array.from({ length: count }, () => ({ Data: Buffer.alloc(sizeBytes), PartitionKey: 'k' }))
  const putAll = (Records: ReturnType<typeof records>) =>
    client.send(new PutRecordsCommand({ StreamName: 's', Records }))
  await assert.rejects(putAll(records(501, 1)), { name: 'ValidationException', message: /less than or equal to 500/ })
  await assert.rejects(putAll(records(6, 1_000_000)), { name: 'InvalidArgumentException', message: /5 MB/ })
  await assert.rejects(putAll(records(1, 1024 * 1024)), { name: 'ValidationException', message: /1048576/ })
  await putAll(records(1, 1024 * 1024 - 1))
  assert.equal((await read(client, 's', OLDEST)).Records?.length, 1)
})

test('bad arguments are refused with the rule that they break', async (t) => {
  const { client } = await openKinesis(t)
  await assert.rejects(client.send(new CreateStreamCommand({ StreamName: '../x', ShardCount: 1 })), {
    name: 'ValidationException',
  })
  await assert.rejects(client.send(new CreateStreamCommand({ StreamName: 's' })), { message: /shardCount/ })
  await createStream(client, 's')
  const longKey = { StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k'.repeat(257) }
  await assert.rejects(client.send(new PutRecordCommand(longKey)), { message: /'partitionKey'/ })
  const ShardIterator = await iteratorOf(client, 's', OLDEST)
  await assert.rejects(client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_001 })), { message: /'limit'/ })
  await assert.rejects(client.send(new ListTagsForStreamCommand({ StreamName: 's' })), {
    name: 'UnknownOperationException',
  })
})

test('with limits enforced a shard takes five reads a second, and pays for what it gave', async (t) => {
  const clock = manualClock()
  const { client } = await openKinesis(t, { now: clock.now, enforceLimits: true })
  await createStream(client, 's')
  const ShardIterator = await iteratorOf(client, 's', OLDEST)
  const get = () => client.send(new GetRecordsCommand({ ShardIterator }))
  for (let index = 0; index < 5; index++) await get()
  await assert.rejects(get(), { name: 'ProvisionedThroughputExceededException', message: /Rate exceeded for shard/ })
  clock.advance(1000)
  for (let index = 0; index < 8; index++) {
    await put(client, 's', 'x'.repeat(1_000_000))
    clock.advance(1000)
  }
  await get()
  clock.advance(1500)
  await assert.rejects(get(), { name: 'ProvisionedThroughputExceededException' })
  clock.advance(2000)
  await get()
})

test('with limits enforced a shard takes 1,000 records a second, and PutRecords says which it did not take', async (t) => {
  const clock = manualClock()
  const { client } = await openKinesis(t, { now: clock.now, enforceLimits: true })
  await createStream(client, 's')
  const Records = Array.from({ length: 400 }, (_, index) => ({ Data: Buffer.from(String(index)), PartitionKey: 'k' }))
  const putAll = () => client.send(new PutRecordsCommand({ StreamName: 's', Records }))
  assert.equal((await putAll()).FailedRecordCount, 0)
  assert.equal((await putAll()).FailedRecordCount, 0)
  const third = await putAll()
  assert.equal(third.FailedRecordCount, 200)
  assert.ok(third.Records?.[199]?.SequenceNumber)
  assert.equal(third.Records?.[200]?.ErrorCode, 'ProvisionedThroughputExceededException')
  await assert.rejects(put(client, 's', 'x'), { name: 'ProvisionedThroughputExceededException' })
  clock.advance(1000)
  assert.equal((await read(client, 's', OLDEST)).Records?.length, 1000)
})

test('only the access key id that was set is accepted, if one was', async (t) => {
  const { client, server } = await openKinesis(t, { accessKeyId: 'test' })
  await createStream(client, 's')
  const stranger = kinesisClient(server.endpoint, { accessKeyId: 'stranger' })
  t.after(() => stranger.destroy())
  await assert.rejects(put(stranger, 's', 'x'), { name: 'UnrecognizedClientException' })
})

test('writers at once lose nothing, and sequence numbers grow over all shards in the order of the answers', async (t) => {
  const { client } = await openKinesis(t)
  await createStream(client, 's', 4)
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    for (let index = 0; index < 20; index++) await put(client, 's', `${writer}-${index}`, `${writer}-${index}`)
  })
  await Promise.all(writers)
  const answers = await Promise.all(
    [0, 1, 2, 3].map((index) => read(client, 's', { ...OLDEST, ShardId: shardId(index) })),
  )
  const found = answers.flatMap(texts)
  assert.equal(new Set(found).size, 400)
  assert.equal(found.length, 400)
  for (const { Records = [] } of answers) {
    const numbers = Records.map(({ SequenceNumber = '0' }) => BigInt(SequenceNumber))
    assert.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0n)))
  }
})
