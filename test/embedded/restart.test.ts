import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  type KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import type { S3Client } from '@aws-sdk/client-s3'
import { startEmbeddedCloud, startKinesis, startS3 } from '../../src/embedded/index.ts'
import { kinesisClient, s3Client } from './clients.ts'
import { allRecords, clientsOf, OLDEST, prepare, storedNumber, TableName } from './cloud-clients.ts'
import { createStream, iteratorOf, openKinesis, put as putRecord, read, shardId, texts } from './kinesis.contract.ts'
import { get, openS3, put } from './s3.contract.ts'
import { type Ending, temporaryDirectory } from './start.ts'

test('everything is there again after a close and a start in the same directory', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startEmbeddedCloud({ directory })
  const before = clientsOf(first.endpoints)
  await prepare(before)
  await put(before.s3, 'dir/a', 'hello', { Metadata: { colour: 'blue' } })
  await putRecord(before.kinesis, 's', 'one')
  const ShardIterator = await iteratorOf(before.kinesis, 's', { ...OLDEST, ShardIteratorType: 'LATEST' })
  await before.dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, v: { N: '7' } } }))
  before.destroy()
  await first.close()
  await first.close()

  const second = await startEmbeddedCloud({ directory })
  const after = clientsOf(second.endpoints)
  t.after(async () => {
    after.destroy()
    await second.close()
  })
  assert.equal((await get(after.s3, 'dir/a')).toString(), 'hello')
  assert.equal(await storedNumber(after.dynamodb), 7)
  const [{ SequenceNumber = '0' } = {}] = (await read(after.kinesis, 's', OLDEST)).Records ?? []
  assert.ok(BigInt(await putRecord(after.kinesis, 's', 'two')) > BigInt(SequenceNumber))
  assert.deepEqual(texts(await after.kinesis.send(new GetRecordsCommand({ ShardIterator }))), ['two'])
})

test('a second cloud in a directory is refused while the first one runs', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startEmbeddedCloud({ directory })
  await assert.rejects(startEmbeddedCloud({ directory }), { name: 'SluiceError', code: 'directory-in-use' })
  await first.close()
  const next = await startEmbeddedCloud({ directory })
  await next.close()
})

test('a port that is taken is refused, and leaves nothing running', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startKinesis()
  t.after(() => first.close())
  for (const service of ['s3', 'dynamodb'] as const) {
    const taken = startEmbeddedCloud({ directory, ports: { [service]: first.port } })
    await assert.rejects(taken, { code: 'port-unavailable' })
  }
  const free = await startEmbeddedCloud({ directory })
  await free.close()
})

test('shards, lineage and sealed segments are there again', async (t) => {
  const directory = temporaryDirectory(t)
  const Data = Buffer.alloc(500_000, 'x')
  const records = (count: number) => Array.from({ length: count }, (_, at) => ({ Data, PartitionKey: String(at) }))
  {
    const server = await startKinesis({ directory })
    const client = kinesisClient(server.endpoint)
    await createStream(client, 's')
    for (let call = 0; call < 10; call++) {
      await client.send(new PutRecordsCommand({ StreamName: 's', Records: records(10) }))
    }
    const split = { StreamName: 's', ShardToSplit: shardId(0), NewStartingHashKey: (1n << 127n).toString() }
    await client.send(new SplitShardCommand(split))
    client.destroy()
    await server.close()
  }
  assert.ok(readdirSync(join(directory, 's', 'shard-0')).length > 4)
  const { client } = await openKinesis(t, { directory })
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: 's' }))
  assert.deepEqual(
    Shards.map(({ ParentShardId }) => ParentShardId),
    [undefined, shardId(0), shardId(0)],
  )
  let ShardIterator: string | undefined = await iteratorOf(client, 's', OLDEST)
  let found = 0
  let last = 0n
  while (ShardIterator !== undefined) {
    const answer: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator }))
    for (const { SequenceNumber = '0', Data: data } of answer.Records ?? []) {
      assert.ok(BigInt(SequenceNumber) > last)
      assert.equal(data?.length, 500_000)
      last = BigInt(SequenceNumber)
      found += 1
    }
    ShardIterator = answer.NextShardIterator
  }
  assert.equal(found, 100)
  // The first segments are out of memory by now, and must come back from their files.
  const again = await read(client, 's', OLDEST)
  assert.deepEqual(again.Records?.[0]?.Data?.length, 500_000)
})

test('a torn tail of a shard or of the journal is cut off, wherever it was torn', async (t) => {
  const directory = temporaryDirectory(t)
  const kinesisFile = () => {
    const shard = join(directory, 'k', 's', 'shard-0')
    return join(shard, readdirSync(shard).at(-1) ?? '')
  }
  const inKinesis = async (use: (client: KinesisClient) => Promise<void>) => {
    const server = await startKinesis({ directory: join(directory, 'k') })
    const client = kinesisClient(server.endpoint)
    await use(client)
    client.destroy()
    await server.close()
  }
  await inKinesis(async (client) => {
    await createStream(client, 's')
    await putRecord(client, 's', 'kept')
  })
  const keptBytes = statSync(kinesisFile()).size
  await inKinesis(async (client) => {
    await putRecord(client, 's', 'torn')
  })
  const whole = readFileSync(kinesisFile())
  for (let bytes = keptBytes; bytes < whole.length; bytes += 17) {
    writeFileSync(kinesisFile(), whole)
    truncateSync(kinesisFile(), bytes)
    await inKinesis(async (client) => {
      assert.deepEqual(await allRecords(client), ['kept'], `cut at ${bytes}`)
      await putRecord(client, 's', 'next')
    })
    await inKinesis(async (client) => {
      assert.deepEqual(await allRecords(client), ['kept', 'next'], `cut at ${bytes}`)
    })
  }
})

test('a log that is damaged before its end is refused, not cut', async (t) => {
  const directory = temporaryDirectory(t)
  const server = await startKinesis({ directory })
  const client = kinesisClient(server.endpoint)
  await createStream(client, 's')
  for (const text of ['a', 'b']) await putRecord(client, 's', text)
  client.destroy()
  await server.close()
  const shard = join(directory, 's', 'shard-0')
  const file = join(shard, readdirSync(shard)[0] ?? '')
  const bytes = readFileSync(file)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  writeFileSync(file, bytes)
  await assert.rejects(startKinesis({ directory }), { name: 'SluiceError', code: 'log-damaged' })
})

test('garbage behind the journal is no object, and bodies that no object holds are removed', async (t) => {
  const directory = temporaryDirectory(t)
  {
    const { client, server } = await openS3(t, { directory })
    await put(client, 'a', 'kept')
    client.destroy()
    await server.close()
  }
  appendFileSync(join(directory, 'journal.log'), Buffer.alloc(100))
  writeFileSync(join(directory, 'blobs', '999'), 'half a bo')
  const server = await openAgain(t, directory)
  assert.equal((await get(server, 'a')).toString(), 'kept')
  assert.equal(readdirSync(join(directory, 'blobs')).length, 1)
  await put(server, 'b', 'next')
  assert.equal((await get(server, 'b')).toString(), 'next')
})

async function openAgain(t: Ending, directory: string): Promise<S3Client> {
  const server = await startS3({ directory })
  const client = s3Client(server.endpoint)
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  return client
}
