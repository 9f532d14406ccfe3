import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { createBatchHandler } from '../../src/aws/index.ts'
import { createLambdaRuntime } from '../../src/aws/lambda-runtime.ts'
import { defineApp, minutes } from '../../src/index.ts'
import type { DeadLetter } from '../../src/scheduler/dead-letters/dead-letter.ts'
import { showLetters } from '../../src/scheduler/dead-letters/list-letters.ts'
import { retryLetters } from '../../src/scheduler/dead-letters/settle-letters.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  START_MS,
  startLambdaWorld,
} from './lambda-world.ts'

let world: LambdaWorld

afterEach(() => world.close())

/** Totals of JSON numbers, by whether they are even; `parse` makes one of a record's text. */
const totals = (parse: (text: string) => number) =>
  defineApp({ name: 'totals', batchInterval: minutes(1) }, (ssc) => {
    ssc
      .kinesisStream({
        streamName: 'letters',
        initialPosition: 'TRIM_HORIZON',
        decode: ({ data }) => parse(new TextDecoder().decode(data)),
        onBadRecord: { deadLetter: { maxShare: 0.5 } },
      })
      .map((number) => {
        if (number < 0) throw new RangeError(`below 0: ${number}`)
        return ['sum', number]
      })
      .updateStateByKey<number>((numbers, total = 0) => numbers.reduce((sum, number) => sum + number, total))
      .saveAsTextFiles('s3://data/out/totals')
  })

async function tick(k: number, app: ReturnType<typeof totals>) {
  const atMs = START_MS + k * 60_000
  world.clock.set(atMs)
  return createBatchHandler(app, world.options)(ruleEvent(atMs), context())
}

test('bad records of a shard are set apart with bytes and sequence number, told, and read again by a later batch', async () => {
  world = await startLambdaWorld()
  await createStream(world.clients, 'letters')
  await tick(0, totals(JSON.parse))
  await putRecords(world.clients, 'letters', ['1', '{2', '-3', '4'])
  assert.equal((await tick(1, totals(JSON.parse))).records, 4)

  const runtime = createLambdaRuntime(totals(JSON.parse), world.options)
  const letters: DeadLetter[] = []
  for await (const letter of showLetters(runtime)) letters.push(letter)
  assert.deepEqual(
    letters.map(({ payload, error }) => [payload, error.code, error.operator?.split(' ')[0]]),
    [
      [{ kind: 'bytes', base64: btoa('{2') }, 'record-undecodable', undefined],
      [{ kind: 'bytes', base64: btoa('-3') }, 'user-function-failed', 'map'],
    ],
  )
  const place = JSON.stringify(letters[0]?.position)
  assert.match(place, /"partitionKey":"\{2","sequenceNumber":"49\d+",.*"shardId":"shardId-000000000000"/)
  const told = world.log.find(({ event }) => event === 'records-set-apart')
  assert.deepEqual([told?.level, told?.stream, told?.records], ['warn', 'kinesisStream', 2])
  assert.ok(
    world.metrics.some((line) => line.DeadLetters === 2),
    JSON.stringify(world.metrics),
  )

  const mended = totals((text) => Math.abs(JSON.parse(text.replace('{', ''))))
  await retryLetters(createLambdaRuntime(mended, world.options), { signal: new AbortController().signal })
  assert.equal((await tick(2, mended)).records, 2)
  assert.equal(await world.get(`out/totals-${START_MS + 120_000}/part-00000`), '(sum,10)\n')
  assert.equal((await tick(3, mended)).records, 0)
})
