import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createBatchHandler } from '../../src/aws/index.ts'
import { shardAndPrefix } from './applications.ts'
import { context, createStream, putRecords, ruleEvent, START_MS, startLambdaWorld } from './lambda-world.ts'
import { roundTrips } from './round-trips.ts'

const MINUTE_MS = 60_000

/** Ticks of a warm process that has state, outputs and positions, so that an empty batch has all of them to carry on. */
async function warmProcess(t: TestContext) {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  await createStream(world.clients, 'letters')
  const handler = createBatchHandler(shardAndPrefix, world.options)
  let ticks = 0
  const tick = async () => {
    const atMs = START_MS + ticks++ * MINUTE_MS
    world.clock.set(atMs)
    world.cloud.calls.reset()
    const { outcome, batches, records } = await handler(ruleEvent(atMs), context())
    return { outcome, batches, records, calls: world.cloud.calls.count() }
  }
  await tick()
  await world.put('in/table', 'a\nb\n')
  await putRecords(world.clients, 'letters', ['a', 'b', 'a'])
  assert.equal((await tick()).records, 5)
  assert.equal((await tick()).records, 0)
  return { world, tick }
}

test('an empty batch of a warm process, with one shard and one prefix, makes 5 remote calls in 2 round trips', async (t) => {
  const { world, tick } = await warmProcess(t)
  for (let k = 0; k < 3; k++) {
    assert.deepEqual(await tick(), { outcome: 'committed', batches: 1, records: 0, calls: 5 })
    assert.equal(await roundTrips(world.cloud, tick), 2)
  }
})

test('a batch of a warm process that reads a record and writes a file makes 8 remote calls in 4 round trips', async (t) => {
  const { world, tick } = await warmProcess(t)
  for (let k = 0; k < 3; k++) {
    await putRecords(world.clients, 'letters', ['a'])
    assert.deepEqual(await tick(), { outcome: 'committed', batches: 1, records: 1, calls: 8 })
    await putRecords(world.clients, 'letters', ['b'])
    assert.equal(await roundTrips(world.cloud, tick), 4)
  }
})
