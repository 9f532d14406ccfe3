import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'

const COMMON = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  // What a server answers is what these tests look at; the clients' own retries would hide it.
  maxAttempts: 1,
}

export interface ClientOptions {
  readonly accessKeyId?: string
  readonly maxAttempts?: number
}

function settings(endpoint: string, { accessKeyId, maxAttempts = 1 }: ClientOptions) {
  const credentials = { ...COMMON.credentials, ...(accessKeyId !== undefined && { accessKeyId }) }
  return { ...COMMON, credentials, endpoint, maxAttempts }
}

export function kinesisClient(endpoint: string, options: ClientOptions = {}): KinesisClient {
  return new KinesisClient({ ...settings(endpoint, options), requestHandler: new NodeHttpHandler() })
}

export function s3Client(endpoint: string, options: ClientOptions = {}): S3Client {
  return new S3Client({ ...settings(endpoint, options), forcePathStyle: true })
}

export function dynamoDbClient(endpoint: string, options: ClientOptions = {}): DynamoDBClient {
  return new DynamoDBClient(settings(endpoint, options))
}
