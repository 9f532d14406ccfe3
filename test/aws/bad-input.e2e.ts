import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { type BatchHandlerOptions, createBatchHandler, HEAD_TABLE } from '../../src/aws/index.ts'
import { defineApp, minutes } from '../../src/index.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { isSluiceError } from '../contracts/rejection.ts'
import { totals } from './applications.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  START_MS,
  startLambdaWorld,
} from './lambda-world.ts'

const MINUTE_MS = 60_000

let world: LambdaWorld

afterEach(() => world.close())

const copy = defineApp(
  {
    name: 'copy',
    batchInterval: minutes(1),
    params: z.object({ in: z.string(), out: z.string(), limit: z.number().int().optional() }),
  },
  (ssc, { in: from, out }) => {
    ssc.textFileStream(from, { newFilesOnly: false }).saveAsTextFiles(out)
  },
)

const GOOD = { in: 's3://data/in', out: 's3://data/out/copy' }

async function tick(options: BatchHandlerOptions, k: number, app = copy) {
  const atMs = START_MS + k * MINUTE_MS
  world.clock.set(atMs)
  return createBatchHandler(app, { ...world.options, params: GOOD, ...options })(ruleEvent(atMs), context())
}

/** How an invocation with these options is refused. */
async function refusal(options: BatchHandlerOptions, k: number, app = copy): Promise<SluiceError> {
  try {
    await tick(options, k, app)
  } catch (error) {
    assert.ok(error instanceof SluiceError, String(error))
    assert.equal(error.kind, 'invalid')
    return error
  }
  throw new assert.AssertionError({ message: 'the invocation was not refused' })
}

async function copied(): Promise<string> {
  const parts = (await world.keys('out/')).filter((key) => key.includes('/part-'))
  return (await Promise.all(parts.map((key) => world.get(key)))).join('')
}

test('a bucket to read that does not exist is named with what to do, and nothing is lost once it is there', async () => {
  world = await startLambdaWorld()
  await tick({}, 0)
  const params = { ...GOOD, in: 's3://missing-bucket/in' }
  const error = await refusal({ params }, 1)
  assert.match(error.message, /There is no such bucket; create it.*s3:\/\/missing-bucket/)
  await world.clients.s3.send(new CreateBucketCommand({ Bucket: 'missing-bucket' }))
  assert.deepEqual((await tick({ params }, 2)).batches, 2)
})

test('objects that others have put are read under whatever names S3 lets them have', async () => {
  world = await startLambdaWorld()
  const app = defineApp({ name: 'copy', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false, recursive: true })
    lines.transform((rdd) => rdd.repartition(1)).saveAsTextFiles('s3://data/out/copy')
  })
  const names = [
    'plain',
    '/first',
    'a//b',
    './here',
    'up/../there',
    'a b+%20',
    'line\nfeed',
    '\u0001',
    '<&>"',
    "!*'()",
    '😀',
  ]
  for (const [i, name] of names.entries()) await world.put(`in/${name}`, `${i}\n`)
  // What ends in a slash shows a folder, the directory itself included.
  for (const folder of ['in/', 'in/a/']) await world.put(folder, 'a folder\n')
  await tick({ params: {} }, 0, app)
  const result = await tick({ params: {} }, 1, app)
  assert.deepEqual([result.outcome, result.records], ['committed', names.length])
  assert.deepEqual((await copied()).split('\n').sort(), ['', ...names.map((_, i) => String(i)).sort()])
})

test('datasets of files pass over what shows a folder, also with bytes in it', async () => {
  world = await startLambdaWorld()
  const app = defineApp({ name: 'copy', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false })
    const tables = ['s3://data/table', 's3://data/table/', 's3://data/t*', 's3://data/t*/*']
    for (const [i, path] of tables.entries()) {
      const joined = lines.transform(async (rdd) => (await rdd.sparkContext.textFile(path)).repartition(1))
      joined.saveAsTextFiles(`s3://data/out/${i}`)
    }
  })
  for (const folder of ['table/', 'table/more/']) await world.put(folder, 'a folder\n')
  await world.put('table/1', 'one\n')
  await world.put('in/1', 'x\n')
  await tick({ params: {} }, 0, app)
  assert.equal((await tick({ params: {} }, 1, app)).outcome, 'committed')
  assert.equal(await copied(), 'one\n'.repeat(4))
})

test('an archived object is told as that, and its batch reads it once it is restored', async () => {
  world = await startLambdaWorld()
  await tick({}, 0)
  await world.put('in/1', 'one\n')
  const error = { status: 403, code: 'InvalidObjectState', message: 'The operation is not valid for the storage class' }
  world.cloud.faults.next({ service: 's3', operation: 'GetObject', kind: 'error', error })
  const { message, cause } = await refusal({}, 1)
  assert.match(
    message,
    /Batch \d+ ms failed and keeps its plan: The object is archived.*restore it.*s3:\/\/data\/in\/1/,
  )
  assert.ok(isSluiceError(cause, 'object-archived', 'invalid'))
  assert.equal((await world.head('copy'))?.planned?.failure?.code, 'object-archived')
  assert.equal((await tick({}, 2)).records, 1)
  assert.equal(await copied(), 'one\n')
})

test('a bucket to write that does not exist fails the batch, which keeps its data until it is there', async () => {
  world = await startLambdaWorld()
  await tick({}, 0)
  await world.put('in/1', 'one\n')
  const params = { ...GOOD, out: 's3://missing-bucket/out/copy' }
  const error = await refusal({ params }, 1)
  assert.match(error.message, /Batch \d+ ms failed and keeps its plan: There is no such bucket; create it/)
  await world.put('in/2', 'two\n')
  // Corrected by another parameter, as people do.
  const result = await tick({}, 2)
  assert.deepEqual([result.batches, result.records], [2, 2])
  assert.equal(await copied(), 'one\ntwo\n')
})

test('a checkpoint bucket that does not exist is named when something has to go there', async () => {
  world = await startLambdaWorld()
  await tick({}, 0)
  await world.put('in/1', `${'a long line\n'.repeat(2_000)}`)
  const error = await refusal({ checkpoint: 's3://missing-bucket/checkpoint' }, 1)
  assert.match(error.message, /There is no such bucket; create it.*s3:\/\/missing-bucket/)
  assert.equal((await tick({}, 2)).records, 2_000)
  assert.equal(await copied(), 'a long line\n'.repeat(2_000))
})

test('a table that does not exist is named with the key that it needs, and nothing is done', async () => {
  world = await startLambdaWorld()
  await world.put('in/1', 'one\n')
  const error = await refusal({ table: 'missing-table' }, 0)
  assert.match(error.message, /There is no such table; create it with the partition key "app".*missing-table/)
  const told = world.log.find(({ event }) => event === 'invocation-failed')
  assert.equal(told?.code, 'table-missing')
  await world.clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: 'missing-table' }))
  await tick({ table: 'missing-table' }, 0)
  assert.equal((await tick({ table: 'missing-table' }, 1)).records, 1)
})

test('a stream that does not exist is named, and its records are read once it is there', async () => {
  world = await startLambdaWorld()
  await tick({}, 0, totals)
  const error = await refusal({}, 1, totals)
  assert.match(error.message, /stream/i)
  assert.match(error.message, /letters/)
  await createStream(world.clients, 'letters')
  await putRecords(world.clients, 'letters', ['a', 'b', 'a'])
  assert.equal((await tick({}, 2, totals)).records, 3)
})

test('wrong credentials are told as such, and change nothing', async () => {
  world = await startLambdaWorld({ accessKeyId: 'right' })
  await world.put('in/1', 'one\n')
  await tick({}, 0)
  const before = await world.head('copy')
  const credentials = { accessKeyId: 'wrong', secretAccessKey: 'wrong' }
  const error = await refusal({ aws: { ...world.aws, credentials } }, 1)
  assert.match(error.message, /AWS does not accept this access key; check AWS_ACCESS_KEY_ID/)
  assert.deepEqual(await world.head('copy'), before)
  assert.equal((await tick({}, 1)).records, 1)
  assert.equal(await copied(), 'one\n')
})

test('parameters that do not fit are refused with their names, before anything is called', async () => {
  world = await startLambdaWorld()
  world.cloud.calls.reset()
  const error = await refusal({ params: { in: 5, limit: 'many' } }, 0)
  assert.equal(error.code, 'bad-params')
  for (const name of ['in', 'out', 'limit']) assert.match(error.message, new RegExp(`${name}: `))
  assert.equal(world.cloud.calls.count(), 0)
})

test('malformed settings are refused by each invocation until they are corrected', async () => {
  world = await startLambdaWorld()
  for (let k = 0; k < 2; k++) {
    const error = await refusal({ checkpoint: 'data/checkpoint' }, k)
    assert.match(error.message, /SLUICE_CHECKPOINT must be s3:\/\/bucket\/prefix, not 'data\/checkpoint'/)
  }
  assert.equal((await tick({}, 2)).outcome, 'idle')
})

test('an application without an output is refused as Spark does', async () => {
  world = await startLambdaWorld()
  const app = defineApp({ name: 'copy', batchInterval: minutes(1) }, (ssc) => {
    ssc.textFileStream('s3://data/in')
  })
  const error = await refusal({ params: {} }, 0, app)
  assert.match(error.message, /No output operations registered, so nothing to execute/)
})
