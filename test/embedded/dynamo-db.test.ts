import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { openLevel } from '../../src/embedded/dynamodb/dynalite.ts'
import { type DynamoDbOptions, startDynamoDb } from '../../src/embedded/index.ts'
import { dynamoDbClient } from './clients.ts'
import { STORES, temporaryDirectory } from './start.ts'

const TableName = 'heads'

async function open(t: TestContext, options: DynamoDbOptions = {}) {
  const server = await startDynamoDb(options)
  const client = dynamoDbClient(server.endpoint)
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  return { server, client }
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const input = {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'app', AttributeType: 'S' },
      { AttributeName: 'part', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'app', KeyType: 'HASH' },
      { AttributeName: 'part', KeyType: 'RANGE' },
    ],
  } as const
  await client.send(
    new CreateTableCommand({
      ...input,
      AttributeDefinitions: [...input.AttributeDefinitions],
      KeySchema: [...input.KeySchema],
    }),
  )
}

const Key = { app: { S: 'a' }, part: { N: '0' } }

for (const { store, directory } of STORES) {
  test(`${store}: a table is usable when CreateTable has answered, and gone when DeleteTable has`, async (t) => {
    const { client } = await open(t, directory(t))
    await createTable(client)
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    assert.equal(Table?.TableStatus, 'ACTIVE')
    await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
    await client.send(new DeleteTableCommand({ TableName }))
    assert.deepEqual((await client.send(new ListTablesCommand())).TableNames, [])
    await assert.rejects(client.send(new GetItemCommand({ TableName, Key })), { name: 'ResourceNotFoundException' })
  })

  test(`${store}: items are put, read, queried in order, written in batches and deleted`, async (t) => {
    const { client } = await open(t, directory(t))
    await createTable(client)
    const items = [3, 1, 2, 10].map((part) => ({ app: { S: 'a' }, part: { N: String(part) }, v: { S: `v${part}` } }))
    const writes = items.map((Item) => ({ PutRequest: { Item } }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } }))
    const found = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'app = :a AND part > :p',
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':p': { N: '1' } },
      }),
    )
    assert.deepEqual(
      found.Items?.map(({ part }) => part?.N),
      ['2', '3', '10'],
    )
    const one = { app: { S: 'a' }, part: { N: '3' } }
    await client.send(new DeleteItemCommand({ TableName, Key: one }))
    assert.equal((await client.send(new GetItemCommand({ TableName, Key: one }))).Item, undefined)
  })

  test(`${store}: of fifty conditional writes at once exactly one wins`, async (t) => {
    const { client } = await open(t, directory(t))
    await createTable(client)
    const race = async (write: (writer: number) => Promise<unknown>) => {
      const results = await Promise.allSettled(Array.from({ length: 50 }, (_, writer) => write(writer)))
      const won = results.flatMap(({ status }, writer) => (status === 'fulfilled' ? [writer] : []))
      assert.equal(won.length, 1)
      for (const result of results) {
        if (result.status === 'rejected') assert.equal(result.reason.name, 'ConditionalCheckFailedException')
      }
      const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
      assert.equal(Item?.owner?.N, String(won[0]))
    }
    await race((writer) =>
      client.send(
        new PutItemCommand({
          TableName,
          Item: { ...Key, version: { N: '1' }, owner: { N: String(writer) } },
          ConditionExpression: 'attribute_not_exists(app)',
        }),
      ),
    )
    await race((writer) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET version = :next, #o = :owner',
          ConditionExpression: 'version = :now',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':now': { N: '1' }, ':next': { N: '2' }, ':owner': { N: String(writer) } },
        }),
      ),
    )
  })
}

test('a table whose process died while it was being created or deleted is settled at the next start', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startDynamoDb({ directory })
  const client = dynamoDbClient(first.endpoint)
  await createTable(client)
  client.destroy()
  await first.close()
  const level = await openLevel(directory)
  const table = (await level.get(`table~${TableName}`)) as object
  await level.put(`table~${TableName}`, { ...table, TableStatus: 'CREATING' })
  await level.put('table~going', { ...table, TableName: 'going', TableStatus: 'DELETING' })
  await level.close()
  const second = await open(t, { directory })
  assert.deepEqual((await second.client.send(new ListTablesCommand())).TableNames, [TableName])
  await second.client.send(new PutItemCommand({ TableName, Item: Key }))
})

test('only the access key id that was set is accepted, if one was', async (t) => {
  const { server, client } = await open(t, { accessKeyId: 'test' })
  await createTable(client)
  const stranger = dynamoDbClient(server.endpoint, { accessKeyId: 'stranger' })
  t.after(() => stranger.destroy())
  const call = stranger.send(new GetItemCommand({ TableName, Key }))
  await assert.rejects(call, {
    name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  })
})
