import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { CloudWatchMetrics } from '../../src/aws/cloudwatch-metrics.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { type BatchHandlerOptions, type ClientOptions, Clients, HEAD_TABLE } from '../../src/aws/index.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../src/embedded/index.ts'
import type { LogFields } from '../../src/ports/log.ts'
import { SteppingClock } from './stepping-clock.ts'

/** A full minute. */
export const START_MS = 1_700_000_040_000

export const CHECKPOINT = 's3://data/checkpoint'
export const TABLE = 'heads'

interface LogLine extends LogFields {
  readonly level: string
  readonly event: string
}

/** The embedded cloud in memory with a bucket `data` and a table `heads`, and what a function finds there. */
export interface LambdaWorld {
  readonly cloud: EmbeddedCloud
  readonly clients: Clients
  readonly aws: ClientOptions
  readonly clock: SteppingClock
  readonly register: DynamoHeadRegister
  readonly log: LogLine[]
  /** Lines in CloudWatch's embedded metric format, parsed. */
  readonly metrics: Record<string, unknown>[]
  /** What `print()` wrote. */
  readonly printed: string[]
  /** For handlers that are to run here. */
  readonly options: BatchHandlerOptions & { readonly checkpoint: string; readonly table: string }
  head(app: string): Promise<Head | undefined>
  put(key: string, text: string): Promise<void>
  get(key: string): Promise<string>
  keys(prefix: string): Promise<string[]>
  close(): Promise<void>
}

export async function startLambdaWorld(cloudOptions: { readonly accessKeyId?: string } = {}): Promise<LambdaWorld> {
  const clock = new SteppingClock(START_MS)
  const cloud = await startEmbeddedCloud(cloudOptions)
  const aws: ClientOptions = {
    endpoints: cloud.endpoints,
    region: 'us-east-1',
    credentials: { accessKeyId: cloudOptions.accessKeyId ?? 'test', secretAccessKey: 'test' },
    environment: {},
  }
  const clients = new Clients(aws)
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'data' }))
  await clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: TABLE }))
  const register = new DynamoHeadRegister({ clients, table: TABLE, clock })
  const recorded = recorders(clock)
  return {
    cloud,
    clients,
    aws,
    clock,
    register,
    ...recorded.lines,
    options: { aws, clock, checkpoint: CHECKPOINT, table: TABLE, ...recorded.options },
    head: (app) => register.read(app),
    async put(Key, Body) {
      await clients.s3.send(new PutObjectCommand({ Bucket: 'data', Key, Body }))
    },
    async get(Key) {
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: 'data', Key }))
      return (await Body?.transformToString()) ?? ''
    },
    async keys(Prefix) {
      const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: 'data', Prefix }))
      return Contents.map(({ Key = '' }) => Key)
    },
    async close() {
      clients.destroy()
      await cloud.close()
    },
  }
}

function recorders(clock: SteppingClock) {
  const lines = { log: [] as LogLine[], metrics: [] as Record<string, unknown>[], printed: [] as string[] }
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      lines.log.push({ ...fields, level, event })
    }
  const options = {
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    metrics: new CloudWatchMetrics({ clock, write: (line) => lines.metrics.push(JSON.parse(line)) }),
    write: (text: string) => {
      lines.printed.push(text)
    },
  }
  return { lines, options }
}

/** Lambda's context as far as it matters. */
export function context(leftMs = 300_000): { getRemainingTimeInMillis(): number } {
  return { getRemainingTimeInMillis: () => leftMs }
}

/** What a schedule rule sends. */
export function ruleEvent(atMs: number): Record<string, unknown> {
  return {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: new Date(atMs).toISOString().replace('.000Z', 'Z'),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:123456789012:rule/tick'],
    detail: {},
  }
}

export async function createStream(clients: Clients, StreamName: string): Promise<void> {
  await clients.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
}

export async function putRecords(clients: Clients, StreamName: string, texts: readonly string[]): Promise<void> {
  const Records = texts.map((text) => ({ PartitionKey: text, Data: new TextEncoder().encode(text) }))
  await clients.kinesis.send(new PutRecordsCommand({ StreamName, Records }))
}
