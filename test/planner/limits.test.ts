import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planLimits } from '../../src/planner/limits.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { UNTIL_IDLE, unbounded, World } from '../scheduler/world.ts'

const GIB = 1 << 30
const capacity = { memoryBytes: GIB, timeLeftMs: 60_000, share: 1 }

test('what is read while it is planned is bounded by memory, what is streamed by time', () => {
  assert.equal(planLimits('spooled', capacity).maxBytes, GIB / 16)
  assert.equal(planLimits('streamed', capacity).maxBytes, 60_000 * 0.5 * 4_000)
  assert.equal(planLimits('streamed', { ...capacity, timeLeftMs: Number.POSITIVE_INFINITY }).maxBytes, GIB)
})

test('less time or a smaller share gives a smaller plan, and something always fits', () => {
  const whole = planLimits('streamed', capacity)
  const half = planLimits('streamed', { ...capacity, share: 0.5 })
  assert.equal(half.maxBytes, whole.maxBytes / 2)
  assert.equal(half.maxRecords, whole.maxRecords / 2)
  assert.ok(planLimits('spooled', { ...capacity, timeLeftMs: 1_000 }).maxBytes < GIB / 16)
  const nothing = planLimits('spooled', { memoryBytes: 0, timeLeftMs: 0, share: 0 })
  assert.deepEqual(nothing, { maxBytes: 1, maxRecords: 1, maxFiles: 1, readMs: 1 })
})

test('a plan names no more files than there is time to open, however small they are', async () => {
  const world = new World()
  world.clock.sleep = (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))
  const line = new TextEncoder().encode('x\n')
  for (let file = 0; file < 250; file++) await world.place('memory://in').put(`f${file}.txt`, line)
  const sizes: number[] = []
  const observer = { batchCommitted: ({ records }: { readonly records: number }) => sizes.push(records) }
  const runtime = world.process(undefined, unbounded, [observer])
  await runInvocation(runtime, { ...UNTIL_IDLE, deadlineMs: world.clock.now() + 2_000, marginMs: 0 })
  assert.deepEqual(sizes, [100, 100, 50])
})

test('without any setting a backlog becomes several batches, none larger than the time left allows', async () => {
  const world = new World()
  // Time stands still, so that all of it is left for each plan.
  world.clock.sleep = (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))
  const line = new TextEncoder().encode(`${'x'.repeat(1 << 20)}\n`)
  for (let file = 0; file < 10; file++) await world.place('memory://in').put(`f${file}.txt`, line)
  const sizes: number[] = []
  const observer = { batchCommitted: ({ records }: { readonly records: number }) => sizes.push(records) }
  const runtime = world.process(undefined, unbounded, [observer])
  await runInvocation(runtime, { ...UNTIL_IDLE, deadlineMs: world.clock.now() + 2_000, marginMs: 0 })
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    10,
  )
  assert.ok(sizes.length >= 3 && Math.max(...sizes) <= 4, String(sizes))
})
