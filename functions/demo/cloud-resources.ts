import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type Clients, HEAD_TABLE } from 'sluice/aws'

export const STREAM = 'flights'
export const SHARDS = 2
export const BUCKET = 'sluice-demo'
export const TABLE = 'sluice-heads'

/** What the application is deployed with. */
export const DEPLOYMENT = {
  checkpoint: `s3://${BUCKET}/checkpoint`,
  table: TABLE,
  params: { stream: STREAM, airports: `s3://${BUCKET}/airports`, out: `s3://${BUCKET}/out` },
}

/** Creates what is not there yet; a kill at any point is made good by the next start. */
export async function createResources(clients: Clients, airports: Uint8Array): Promise<void> {
  const { s3, kinesis, dynamodb } = clients
  await Promise.all([
    unlessThere(s3.send(new CreateBucketCommand({ Bucket: BUCKET }))),
    unlessThere(kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))),
    unlessThere(dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: TABLE }))),
  ])
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName: STREAM })
  await dropOnce(clients, 'airports/airports.csv', airports)
}

/** A file stream takes each version of a file for a new file, so it is written once. */
async function dropOnce({ s3 }: Clients, Key: string, Body: Uint8Array): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'NotFound') throw error
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
  }
}

const THERE = new Set(['BucketAlreadyOwnedByYou', 'ResourceInUseException'])

async function unlessThere(created: Promise<unknown>): Promise<void> {
  try {
    await created
  } catch (error) {
    if (!(error instanceof Error) || !THERE.has(error.name)) throw error
  }
}
