import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { historyKey, manifestKey } from '../../src/checkpoint/names.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { pastBatch, retainedBetween } from '../../src/scheduler/past-batch.ts'
import { collecting, headOf, signal, worldWith } from './collecting.ts'

const app = collecting()

/** With an object in it that is not there, and that nobody needs to have given up. */
function withLost(head: Head): Head {
  const attempt = { incarnation: 1, batchTime: 1000, token: head.boundary, number: 1 }
  const ref = { key: manifestKey(head.app, attempt), sizeBytes: 9, crc32c: '00000000' }
  return { ...head, history: { recent: [{ kind: 'object', ref }] } }
}

/** With its older batches in a segment that is not there. */
function withLostSegment(head: Head): Head {
  const attempt = { incarnation: 1, batchTime: 1000, token: head.boundary, number: 1 }
  const segment = { key: historyKey(head.app, attempt), sizeBytes: 9, crc32c: '00000000' }
  return { ...head, history: { recent: [], segment } }
}

test('a batch that a collection gave up while it was looked for is no longer retained; a manifest that is missing is', async () => {
  const world = await worldWith(app, 9)
  const before = await headOf(world)
  const runtime = world.process(undefined, app)
  await collect(runtime, { signal })
  const after = await headOf(world)
  assert.ok(after.boundary > before.boundary)
  const read = async (head: Head): Promise<void> => {
    for await (const _ of retainedBetween(runtime, withLost(head), { until: 1000 }));
  }
  await assert.rejects(read(before), { code: 'batch-not-found' })
  await assert.rejects(read(after), { code: 'object-missing' })
  await assert.rejects(pastBatch(runtime, withLost(before), 1000), { code: 'batch-not-found' })
  await assert.rejects(pastBatch(runtime, withLost(after), 1000), { code: 'object-missing' })
})

test('a segment that a collection gave up while batches were looked for ends what is retained; one that is missing is damage', async () => {
  const world = await worldWith(app, 9)
  const before = await headOf(world)
  const runtime = world.process(undefined, app)
  await collect(runtime, { signal })
  const after = await headOf(world)
  const timesIn = async (head: Head): Promise<number[]> => {
    const times: number[] = []
    for await (const { attempt } of retainedBetween(runtime, withLostSegment(head), {})) times.push(attempt.batchTime)
    return times
  }
  const last = before.committed?.attempt.batchTime
  assert.deepEqual(await timesIn(before), [last])
  await assert.rejects(timesIn(after), { code: 'object-missing' })
})
