import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CreateTableCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  type KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type EmbeddedCloud, startEmbeddedCloud, startKinesis, startS3 } from '../../src/embedded/index.ts'
import { dynamoDbClient, kinesisClient, s3Client } from './clients.ts'
import { createStream, iteratorOf, openKinesis, put as putRecord, read, shardId, texts } from './kinesis.contract.ts'
import { BUCKET, get, openS3, put } from './s3.contract.ts'
import { type Ending, temporaryDirectory } from './start.ts'

const TableName = 'heads'
const OLDEST = { ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' } as const

interface Clients {
  readonly s3: S3Client
  readonly kinesis: KinesisClient
  readonly dynamodb: DynamoDBClient
  destroy(): void
}

function clientsOf(endpoints: EmbeddedCloud['endpoints']): Clients {
  const s3 = s3Client(endpoints.s3)
  const kinesis = kinesisClient(endpoints.kinesis)
  const dynamodb = dynamoDbClient(endpoints.dynamodb)
  const destroy = () => {
    for (const client of [s3, kinesis, dynamodb]) client.destroy()
  }
  return { s3, kinesis, dynamodb, destroy }
}

async function prepare({ s3, kinesis, dynamodb }: Clients): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  await createStream(kinesis, 's')
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
}

async function allRecords(client: KinesisClient): Promise<readonly string[]> {
  const found: string[] = []
  let ShardIterator: string | undefined = await iteratorOf(client, 's', OLDEST)
  for (;;) {
    const answer: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator }))
    found.push(...texts(answer))
    if (answer.MillisBehindLatest === 0) return found
    ShardIterator = answer.NextShardIterator
  }
}

async function storedNumber(client: DynamoDBClient): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, ConsistentRead: true }))
  return Number(Item?.v?.N ?? 0)
}

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

interface KillableCloud {
  readonly process: ChildProcess
  readonly clients: Clients
  kill(): Promise<void>
}

async function startKillable(directory: string): Promise<KillableCloud> {
  const script = fileURLToPath(new URL('./cloud-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the cloud's process ended with ${code} before it served`)))
  })
  const clients = clientsOf(JSON.parse(line) as EmbeddedCloud['endpoints'])
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
    clients.destroy()
  }
  return { process: child, clients, kill }
}

/** What was acknowledged, and what was asked for and may or may not be there. */
interface Load {
  readonly records: string[]
  readonly objects: Map<string, number>
  number: number
}

/** Does one thing after the other until the server is gone. */
async function until(gone: () => boolean, step: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; !gone(); index++) {
    try {
      await step(index)
    } catch (error) {
      if (gone()) return
      throw error
    }
  }
}

async function work(
  { s3, kinesis, dynamodb }: Clients,
  load: Load,
  { round, gone }: { round: number; gone: () => boolean },
) {
  const record = async (index: number) => {
    const Records = Array.from({ length: 50 }, (_, at) => ({
      Data: Buffer.from(`${round}-${index}-${at}`),
      PartitionKey: 'k',
    }))
    await kinesis.send(new PutRecordsCommand({ StreamName: 's', Records }))
    load.records.push(...Records.map(({ Data }) => Data.toString()))
  }
  const object = async (index: number) => {
    const sizeBytes = index % 5 === 0 ? 1_000_000 : 1000
    const key = `${round}-${index}`
    await put(s3, key, Buffer.alloc(sizeBytes, key))
    load.objects.set(key, sizeBytes)
  }
  const item = async () => {
    const v = { N: String(load.number + 1) }
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, v } }))
    load.number += 1
  }
  await Promise.all([until(gone, record), until(gone, object), until(gone, item)])
}

async function check({ s3, kinesis, dynamodb }: Clients, load: Load): Promise<void> {
  const found = await allRecords(kinesis)
  const acknowledged = new Set(load.records)
  assert.deepEqual(
    found.filter((text) => acknowledged.has(text)),
    load.records,
  )
  assert.equal(new Set(found).size, found.length)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  const sizes = new Map(Contents.map(({ Key = '', Size = 0 }) => [Key, Size]))
  for (const [key, sizeBytes] of load.objects) assert.equal(sizes.get(key), sizeBytes, key)
  for (const [key, sizeBytes] of sizes) {
    assert.ok((await get(s3, key)).equals(Buffer.alloc(sizeBytes, key)), key)
    assert.ok(sizeBytes === 1000 || sizeBytes === 1_000_000, `${key} has ${sizeBytes} bytes`)
  }
  const number = await storedNumber(dynamodb)
  assert.ok(number === load.number || number === load.number + 1, `${number} for ${load.number}`)
  load.number = number
}

test('a cloud that is killed in the middle of its work has all that it acknowledged, and nothing half', async (t) => {
  const directory = temporaryDirectory(t)
  const load: Load = { records: [], objects: new Map(), number: 0 }
  for (let round = 0; round < 4; round++) {
    const cloud = await startKillable(directory)
    t.after(() => cloud.kill())
    if (round === 0) await prepare(cloud.clients)
    await check(cloud.clients, load)
    if (round === 3) return
    let killed = false
    const working = work(cloud.clients, load, { round, gone: () => killed })
    await new Promise((resolve) => setTimeout(resolve, 100 + round * 120))
    killed = true
    await cloud.kill()
    await working
  }
})

test('an upload in parts goes on after a kill', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startKillable(directory)
  t.after(() => first.kill())
  await prepare(first.clients)
  const where = { Bucket: BUCKET, Key: 'big' }
  const { UploadId } = await first.clients.s3.send(new CreateMultipartUploadCommand(where))
  const Body = Buffer.alloc(5 * 1024 * 1024, 'a')
  const one = await first.clients.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body }))
  await first.kill()
  const second = await startKillable(directory)
  t.after(() => second.kill())
  const two = await second.clients.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 2, Body: 'end' }))
  const Parts = [one, two].map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 }))
  await second.clients.s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }))
  assert.ok((await get(second.clients.s3, 'big')).equals(Buffer.concat([Body, Buffer.from('end')])))
})
