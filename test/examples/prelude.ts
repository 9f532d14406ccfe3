import assert from 'node:assert/strict'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { type Application, DStream, defineApp, minutes, RDD, SluiceError, type StreamBuilder, seconds } from 'sluice'
import { Clients, HEAD_TABLE } from 'sluice/aws'
import { startEmbeddedCloud } from 'sluice/embedded'
import { localEnvironment, runApplication } from 'sluice/local'
import * as z from 'zod'
import { connectCloud } from '../../src/aws/connections.ts'
import { nextToken, type Token } from '../../src/checkpoint/attempt.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import { createRuntime } from '../../src/scheduler/create-runtime.ts'

/*
 * What examples find without declaring it. Those that declare streams find `ssc`, `lines` and `words`, too, and run by
 * the real scheduler: batches of a second, until the queue is empty.
 */

/** The streams of examples: two batches of an old song. */
export function castOf(ssc: StreamBuilder) {
  const lines = ssc.queueStream([['row row'], ['row your boat']])
  return { ssc, lines, words: lines.flatMap((line) => line.split(' ')) }
}

/** Reads and writes below `data`, in the directory that examples run in. */
export const wordCount: Application = defineApp(
  { name: 'word-count', batchInterval: minutes(1), params: z.object({ in: z.string(), out: z.string() }) },
  (ssc, { in: directory, out }) => {
    const words = ssc.textFileStream(directory, { newFilesOnly: false }).flatMap((line) => line.split(' '))
    words
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .saveAsTextFiles(out)
  },
)

export const clock = { now: () => 0, sleep: async () => {} }
export const token = 'open-sesame-and-more-that-nobody-guesses'
export const cloud = await startEmbeddedCloud()
export const clients = new Clients({ endpoints: cloud.endpoints, environment: {} })
await clients.s3.send(new CreateBucketCommand({ Bucket: 'data' }))
await clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: 'heads' }))
await clients.kinesis.send(new CreateStreamCommand({ StreamName: 'lines', ShardCount: 1 }))
for (const line of ['row row', 'row your boat']) {
  const Data = new TextEncoder().encode(line)
  await clients.kinesis.send(new PutRecordCommand({ StreamName: 'lines', PartitionKey: line, Data }))
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const { kinesis } = connectCloud({ endpoints: cloud.endpoints, environment: {}, clock })
const silent = { log: quiet, write: () => {}, kinesis }
export const runtime = createRuntime(
  wordCount,
  { in: 'data/in', out: 'data/out' },
  { ...localEnvironment(silent), clock },
)

/** Where state is read from, for a state that has none yet. */
export const objects = {
  read: async () => new Uint8Array(),
  inlineChanges: async () => new Uint8Array(),
}
export const storage = openLocalStorage()
export const attempt = { incarnation: 1, batchTime: 1000, token: nextToken(0 as Token), number: 1 }

/** What handlers read their settings from. */
export const variables = {
  SLUICE_CHECKPOINT: 's3://data/checkpoint',
  SLUICE_TABLE: 'heads',
  SLUICE_TOKEN: token,
  SLUICE_PARAMS: JSON.stringify({ in: 's3://data/in', out: 's3://data/counts' }),
  AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
  AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
  AWS_ENDPOINT_URL_KINESIS: cloud.endpoints.kinesis,
} as const

export async function closePrelude(): Promise<void> {
  clients.destroy()
  await cloud.close()
}

/** Compares what an expression gives, a dataset's elements, with the value beside it. */
export async function shows(expression: () => Promise<unknown>, expected: unknown): Promise<void> {
  const actual = await expression()
  assert.deepEqual(actual instanceof RDD ? await actual.collect() : actual, expected)
}

/** Holds an expression to the code of its error. */
export async function fails(expression: () => Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(expression, (error) => error instanceof SluiceError && error.code === code, `code ${code}`)
}

/** What `shows` is to values, for the batches of a stream. */
export type Shows = (value: unknown, expected: unknown) => void

/** What `fails` is to values, while streams are declared. */
export type Refuses = (call: () => unknown, code: string) => void

type Build = (ssc: StreamBuilder, shows: Shows, refuses: Refuses) => void

/** Runs the streams that an example declares, and compares each with the batches beside it. */
export async function runStreams(build: Build): Promise<void> {
  const shown: { readonly actual: unknown[]; readonly expected: unknown }[] = []
  const refused: Promise<void>[] = []
  await runQuietly(
    defineApp({ name: 'example', batchInterval: seconds(1) }, (ssc) => {
      const shows: Shows = (value, expected) => {
        if (!(value instanceof DStream)) return assert.deepEqual(value, expected)
        const actual: unknown[] = []
        shown.push({ actual, expected })
        value.foreachRDD(async (rdd) => actual.push(await rdd.collect()), { name: `example-${shown.length}` })
      }
      // Nothing runs without an output, and not every example has one.
      ssc.queueStream([]).print(1, { name: 'example-end' })
      // The call itself is made at once: what is refused while streams are declared is not refused later.
      build(ssc, shows, (call, code) => void refused.push(fails(async () => call(), code)))
    }),
  )
  await Promise.all(refused)
  for (const { actual, expected } of shown) assert.deepEqual(actual, expected)
}

/** Runs an application here, in memory but for the files that it names itself. */
export async function runQuietly(app: Application): Promise<void> {
  await runApplication(app, { start: 0, untilIdle: true }, localEnvironment(silent))
}
