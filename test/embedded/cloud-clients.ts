import { CreateTableCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { GetRecordsCommand, type GetRecordsCommandOutput, type KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import type { EmbeddedCloud } from '../../src/embedded/index.ts'
import { dynamoDbClient, kinesisClient, s3Client } from './clients.ts'
import { createStream, iteratorOf, shardId, texts } from './kinesis.contract.ts'
import { BUCKET } from './s3.contract.ts'

export const TableName = 'heads'
export const OLDEST = { ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' } as const

export interface Clients {
  readonly s3: S3Client
  readonly kinesis: KinesisClient
  readonly dynamodb: DynamoDBClient
  destroy(): void
}

export function clientsOf(endpoints: EmbeddedCloud['endpoints']): Clients {
  const s3 = s3Client(endpoints.s3)
  const kinesis = kinesisClient(endpoints.kinesis)
  const dynamodb = dynamoDbClient(endpoints.dynamodb)
  const destroy = () => {
    for (const client of [s3, kinesis, dynamodb]) client.destroy()
  }
  return { s3, kinesis, dynamodb, destroy }
}

export async function prepare({ s3, kinesis, dynamodb }: Clients): Promise<void> {
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

export async function allRecords(client: KinesisClient): Promise<readonly string[]> {
  const found: string[] = []
  let ShardIterator: string | undefined = await iteratorOf(client, 's', OLDEST)
  for (;;) {
    const answer: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator }))
    found.push(...texts(answer))
    if (answer.MillisBehindLatest === 0) return found
    ShardIterator = answer.NextShardIterator
  }
}

export async function storedNumber(client: DynamoDBClient): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, ConsistentRead: true }))
  return Number(Item?.v?.N ?? 0)
}
