import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { createHttpApp } from '../../src/http/create-http-app.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { inspectState } from '../../src/scheduler/inspect-state.ts'
import { latestBatches } from '../../src/scheduler/past-batch.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { collecting, headOf, keysOf, readBefore, signal, worldWith } from './collecting.ts'
import type { World } from './world.ts'

const app = collecting()
const token = 'correct-horse-battery-staple'

/** A hundred batches, older ones in segments, of which a collection has given up all but four. */
let world: World
let read: Head

before(async () => {
  world = await worldWith(app, 100)
  read = await headOf(world)
  await collect(world.process(undefined, app), { signal })
})

/** Somebody who has read the head before that collection. */
function late(): Runtime {
  return { ...world.process(undefined, app), register: readBefore(world.register, read) }
}

async function listed(runtime: Runtime, head: Head): Promise<number[]> {
  const times: number[] = []
  for await (const { attempt } of latestBatches(runtime, head)) times.push(attempt.batchTime)
  return times
}

test('a listing of batches ends where a collection gives up what is older', async () => {
  const times = await listed(world.process(undefined, app), read)
  assert.ok(times.length >= 4 && times[0] === read.committed?.attempt.batchTime, times.join())
  const response = await createHttpApp({ runtime: late(), token }).request('/batches?limit=500', {
    headers: { authorization: `Bearer ${token}` },
  })
  const { batches, nextBefore } = (await response.json()) as { batches: { batchTime: number }[]; nextBefore?: number }
  assert.deepEqual([response.status, nextBefore], [200, undefined])
  assert.deepEqual(
    batches.map(({ batchTime }) => batchTime),
    times,
  )
})

test('a batch that a collection gives up while somebody looks at it is no longer retained', async () => {
  for (const batchTime of [1000, 50_000]) {
    await assert.rejects(inspectBatch(late(), { batchTime }), { code: 'batch-not-found' })
    await assert.rejects(inspectState(late(), { batchTime, operator: 'seen' }), { code: 'batch-not-found' })
  }
})

test('what is missing of what nobody has given up is damage', async () => {
  const damaged = await worldWith(app, 100)
  await damaged.checkpoint.delete(await keysOf(damaged, '/history'))
  const runtime = damaged.process(undefined, app)
  await assert.rejects(listed(runtime, await headOf(damaged)), { code: 'object-missing' })
  await assert.rejects(inspectBatch(runtime, { batchTime: 1000 }), { code: 'object-missing' })
})
