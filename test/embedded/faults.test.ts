import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { GetRecordsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { type EmbeddedCloud, type FaultKind, startEmbeddedCloud } from '../../src/embedded/index.ts'
import { dynamoDbClient, kinesisClient, s3Client } from './clients.ts'
import { createStream, iteratorOf, put as putRecord, read, shardId, texts } from './kinesis.contract.ts'
import { BUCKET, get, put } from './s3.contract.ts'

async function open(t: TestContext, maxAttempts = 1) {
  const cloud = await startEmbeddedCloud()
  const s3 = s3Client(cloud.endpoints.s3, { maxAttempts })
  const kinesis = kinesisClient(cloud.endpoints.kinesis, { maxAttempts })
  const dynamodb = dynamoDbClient(cloud.endpoints.dynamodb, { maxAttempts })
  t.after(async () => {
    for (const client of [s3, kinesis, dynamodb]) client.destroy()
    await cloud.close()
  })
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  await createStream(kinesis, 's')
  await createTable(dynamodb)
  cloud.calls.reset()
  return { cloud, s3, kinesis, dynamodb }
}

const TableName = 'heads'
const Key = { id: { S: 'a' } }
const OLDEST = { ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' } as const

function createTable(client: DynamoDBClient) {
  const input = { TableName, BillingMode: 'PAY_PER_REQUEST' } as const
  const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }]
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }]
  return client.send(new CreateTableCommand({ ...input, AttributeDefinitions, KeySchema }))
}

async function storedItem(client: DynamoDBClient) {
  return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
}

test('each service refuses in its own words, once, and does not do it', async (t) => {
  const { cloud, s3, kinesis, dynamodb } = await open(t)
  const calls = {
    s3: () => put(s3, 'a', 'x'),
    kinesis: () => putRecord(kinesis, 's', 'x'),
    dynamodb: () => dynamodb.send(new PutItemCommand({ TableName, Item: Key })),
  }
  const cases: readonly [keyof typeof calls, FaultKind, string, number][] = [
    ['s3', 'throttle', 'SlowDown', 503],
    ['s3', 'conflict', 'ConditionalRequestConflict', 409],
    ['s3', 'error-500', 'InternalError', 500],
    ['s3', 'error-503', 'ServiceUnavailable', 503],
    ['kinesis', 'throttle', 'ProvisionedThroughputExceededException', 400],
    ['kinesis', 'error-500', 'InternalFailure', 500],
    ['dynamodb', 'throttle', 'ProvisionedThroughputExceededException', 400],
    ['dynamodb', 'error-500', 'InternalServerError', 500],
  ]
  for (const [service, kind, name, httpStatusCode] of cases) {
    cloud.faults.next({ service, kind })
    await assert.rejects(calls[service](), (error: { name: string; $metadata: { httpStatusCode: number } }) => {
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, httpStatusCode])
      return true
    })
  }
  assert.equal(cloud.faults.remaining, 0)
  await assert.rejects(get(s3, 'a'), { name: 'NoSuchKey' })
  assert.deepEqual(texts(await read(kinesis, 's', OLDEST)), [])
  assert.equal(await storedItem(dynamodb), undefined)
  for (const call of Object.values(calls)) await call()
})

test('a lost answer leaves the call done; a dropped one does not', async (t) => {
  const { cloud, s3, kinesis, dynamodb } = await open(t)
  for (const service of ['s3', 'kinesis', 'dynamodb'] as const) cloud.faults.next({ service, kind: 'dropped' })
  await assert.rejects(put(s3, 'a', 'x'))
  await assert.rejects(putRecord(kinesis, 's', 'x'))
  await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item: Key })))
  await assert.rejects(get(s3, 'a'), { name: 'NoSuchKey' })
  assert.deepEqual(texts(await read(kinesis, 's', OLDEST)), [])
  assert.equal(await storedItem(dynamodb), undefined)

  for (const service of ['s3', 'kinesis', 'dynamodb'] as const) cloud.faults.next({ service, kind: 'lost-answer' })
  await assert.rejects(put(s3, 'a', 'x'))
  await assert.rejects(putRecord(kinesis, 's', 'x'))
  await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item: Key })))
  assert.equal((await get(s3, 'a')).toString(), 'x')
  assert.deepEqual(texts(await read(kinesis, 's', OLDEST)), ['x'])
  assert.deepEqual(await storedItem(dynamodb), Key)
})

test('a lost answer to a large read cuts the connection, and the next call works', async (t) => {
  const { cloud, s3 } = await open(t)
  const bytes = Buffer.alloc(2 * 1024 * 1024, 'x')
  await put(s3, 'a', bytes)
  cloud.faults.next({ service: 's3', operation: 'GetObject', kind: 'lost-answer' })
  await assert.rejects(get(s3, 'a'))
  assert.ok((await get(s3, 'a')).equals(bytes))
})

test('a fault hits only the operation and the calls that it matches, as often as it says', async (t) => {
  const { cloud, s3, dynamodb } = await open(t)
  cloud.faults.next({
    service: 's3',
    operation: 'PutObject',
    kind: 'error-500',
    times: 2,
    match: ({ subject }) => subject === `${BUCKET}/out/_SUCCESS`,
  })
  await put(s3, 'out/part-00000', 'x')
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(put(s3, 'out/_SUCCESS', ''), { name: 'InternalError' })
  }
  await put(s3, 'out/_SUCCESS', '')
  await dynamodb.send(new PutItemCommand({ TableName, Item: Key }))
  const isCommit = (input: unknown) => JSON.stringify(input).includes('"committed"')
  cloud.faults.next({ service: 'dynamodb', kind: 'throttle', match: ({ input }) => isCommit(input) })
  const update = (phase: string) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET phase = :p',
        ExpressionAttributeValues: { ':p': { S: phase } },
      }),
    )
  await update('planned')
  await assert.rejects(update('committed'), { name: 'ProvisionedThroughputExceededException' })
  await update('committed')
})

test('any error of a service can be named', async (t) => {
  const { cloud, kinesis } = await open(t)
  const ShardIterator = await iteratorOf(kinesis, 's', OLDEST)
  const error = { status: 400, code: 'ExpiredIteratorException', message: 'Iterator expired.' }
  cloud.faults.next({ service: 'kinesis', operation: 'GetRecords', kind: 'error', error })
  const get = () => kinesis.send(new GetRecordsCommand({ ShardIterator }))
  await assert.rejects(get(), { name: 'ExpiredIteratorException', message: 'Iterator expired.' })
  await get()
})

test('a client that leaves before its answer, or in the middle of its body, does no harm', async (t) => {
  const { cloud, s3 } = await open(t)
  cloud.faults.next({ service: 's3', operation: 'GetObject', kind: 'delay', delayMs: 30 })
  const impatient = new AbortController()
  const address = `${cloud.endpoints.s3}/${BUCKET}/a`
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request'
  const left = fetch(address, { headers: { authorization }, signal: impatient.signal })
  while (cloud.calls.count('s3', 'GetObject') === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  impatient.abort()
  await assert.rejects(left, { name: 'AbortError' })
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write(
    `PUT /${BUCKET}/a HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 100\r\n\r\nhalf`,
  )
  while (cloud.calls.count('s3', 'PutObject') === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 40))
  await assert.rejects(get(s3, 'a'), { name: 'NoSuchKey' })
})

test('faults that were cleared do not hit', async (t) => {
  const { cloud, s3 } = await open(t)
  cloud.faults.next({ service: 's3', kind: 'dropped', times: 5 })
  assert.equal(cloud.faults.remaining, 5)
  cloud.faults.clear()
  await put(s3, 'a', 'x')
})

test('a partial fault throttles the records that it names and stores the others', async (t) => {
  const { cloud, kinesis } = await open(t)
  cloud.faults.next({ service: 'kinesis', operation: 'PutRecords', kind: 'partial', fails: (index) => index === 1 })
  const Records = ['a', 'b', 'c'].map((text) => ({ Data: Buffer.from(text), PartitionKey: 'k' }))
  const answer = await kinesis.send(new PutRecordsCommand({ StreamName: 's', Records }))
  assert.equal(answer.FailedRecordCount, 1)
  assert.equal(answer.Records?.[1]?.ErrorCode, 'ProvisionedThroughputExceededException')
  assert.equal(answer.Records?.[1]?.SequenceNumber, undefined)
  assert.deepEqual(texts(await read(kinesis, 's', OLDEST)), ['a', 'c'])
})

test("the clients' own retries get past what passes", async (t) => {
  const { cloud, s3, kinesis } = await open(t, 4)
  cloud.faults.next({ service: 's3', operation: 'PutObject', kind: 'dropped' })
  cloud.faults.next({ service: 's3', operation: 'PutObject', kind: 'error-503' })
  await put(s3, 'a', 'x')
  assert.equal(cloud.calls.count('s3', 'PutObject'), 3)
  const ShardIterator = await iteratorOf(kinesis, 's', OLDEST)
  cloud.faults.next({ service: 'kinesis', operation: 'GetRecords', kind: 'throttle' })
  await kinesis.send(new GetRecordsCommand({ ShardIterator }))
  assert.equal(cloud.calls.count('kinesis', 'GetRecords'), 2)
})

test('a delayed call is done after the calls that overtake it', async (t) => {
  const { cloud, s3 } = await open(t)
  cloud.faults.next({ service: 's3', operation: 'PutObject', kind: 'delay', delayMs: 1_000 })
  const late = put(s3, 'a', 'late')
  while (cloud.calls.count('s3', 'PutObject') === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await put(s3, 'a', 'early')
  assert.equal((await get(s3, 'a')).toString(), 'early')
  await late
  assert.equal((await get(s3, 'a')).toString(), 'late')
})

test('calls are counted by service and operation, and a snapshot stands still', async (t) => {
  const { cloud, s3, kinesis } = await open(t)
  await put(s3, 'a', 'x')
  await put(s3, 'b', 'x')
  const before = cloud.calls.snapshot()
  await putRecord(kinesis, 's', 'x')
  await assert.rejects(get(s3, 'none'))
  assert.deepEqual(before, { s3: { PutObject: 2 }, kinesis: {}, dynamodb: {} })
  assert.deepEqual(counts(cloud), [4, 3, 1, 0])
  cloud.calls.reset()
  assert.deepEqual(counts(cloud), [0, 0, 0, 0])
})

function counts({ calls }: EmbeddedCloud): readonly number[] {
  return [calls.count(), calls.count('s3'), calls.count('kinesis', 'PutRecord'), calls.count('dynamodb')]
}
