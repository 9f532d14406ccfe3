import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { UNTIL_IDLE, World } from './world.ts'

test('a commit whose answer is lost is published and reported by the invocation that made it', async () => {
  const world = new World()
  await world.feed(1)
  let swaps = 0
  const io = new FaultyIO((_, name) => (name === 'head.swap' && ++swaps === 3 ? 'lost-answer' : undefined))
  const { reports } = await runInvocation(world.process(io), { ...UNTIL_IDLE, maxBatches: 1 })
  assert.deepEqual(
    reports.map(({ batchTime }) => batchTime),
    [1000],
  )
  assert.ok((await world.outputs()).has('batch-1000/_SUCCESS'))
})

test('a register that takes no writes is asked less and less often, not as fast as it answers', async () => {
  const world = new World()
  let swaps = 0
  const register: HeadRegister = {
    url: 'refusing://',
    read: (app) => world.register.read(app),
    swap: async (expected, next) =>
      ++swaps <= 10 ? { kind: 'unknown', cause: 'throttled' } : world.register.swap(expected, next),
  }
  await world.feed(2)
  await runInvocation(world.process(), { ...UNTIL_IDLE, maxBatches: 1 })
  const before = world.clock.now()
  await runInvocation({ ...world.process(), register }, { ...UNTIL_IDLE, maxBatches: 1 })
  const tookMs = world.clock.now() - before
  assert.ok(tookMs > 10_000, `ten writes were refused within ${tookMs} ms`)
})

test('an application whose head is deleted under a warm process says so, instead of waiting for it for ever', async () => {
  const world = new World()
  await world.feed(2)
  const runtime = world.process()
  await runInvocation(runtime, { ...UNTIL_IDLE, maxBatches: 1 })
  const deleted: HeadRegister = {
    url: 'memory://head',
    read: async () => undefined,
    swap: async (expected) => ({ kind: expected === 0 ? 'ok' : 'conflict' }),
  }
  const signal = AbortSignal.timeout(2_000)
  const warm = { ...runtime, register: deleted }
  await assert.rejects(runInvocation(warm, { ...UNTIL_IDLE, signal }), { code: 'head-missing', kind: 'data' })
  assert.equal(runtime.warm.head, undefined)
})
