import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBatchHandler } from '../../src/aws/index.ts'
import { shardAndPrefix } from './applications.ts'
import { context, createStream, putRecords, ruleEvent, START_MS, startLambdaWorld } from './lambda-world.ts'

const MINUTE_MS = 60_000
const MOST_CALLS = 5

test('an empty batch of a warm process, with one shard and one prefix, makes at most 5 remote calls', async (t) => {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  await createStream(world.clients, 'letters')
  const handler = createBatchHandler(shardAndPrefix, world.options)
  const tick = async (k: number) => {
    const atMs = START_MS + k * MINUTE_MS
    world.clock.set(atMs)
    world.cloud.calls.reset()
    return handler(ruleEvent(atMs), context())
  }
  await tick(0)
  // State, outputs and positions exist, so that an empty batch has all of them to carry on.
  await world.put('in/table', 'a\nb\n')
  await putRecords(world.clients, 'letters', ['a', 'b', 'a'])
  assert.equal((await tick(1)).records, 5)
  assert.equal((await tick(2)).records, 0)
  for (let k = 3; k < 6; k++) {
    const { outcome, batches, records } = await tick(k)
    assert.deepEqual({ outcome, batches, records }, { outcome: 'committed', batches: 1, records: 0 })
    t.diagnostic(`${world.cloud.calls.count()} calls: ${JSON.stringify(world.cloud.calls.snapshot())}`)
    assert.ok(world.cloud.calls.count() <= MOST_CALLS)
  }
})
