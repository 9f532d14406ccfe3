import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlockGenerator } from '../../../src/connectors/receiver/block-generator.ts'
import { RateLimiter } from '../../../src/connectors/receiver/rate-limiter.ts'
import { ManualClock } from '../../scheduler/world.ts'
import { FakeClock } from '../fake-clock.ts'

function generator({ queue = 10, maxRate = 0, clock = new ManualClock() } = {}) {
  const blocks: (readonly unknown[])[] = []
  const callbacks: unknown[] = []
  const gate = { open: true, wake: () => {} }
  const made = new BlockGenerator(
    { clock, limiter: new RateLimiter(clock, maxRate), blockIntervalMs: 10, blockQueueSize: queue },
    {
      pushBlock: async (elements) => {
        while (!gate.open) await new Promise<void>((resolve) => Object.assign(gate, { wake: resolve }))
        blocks.push(elements)
      },
      onAddData: (metadata) => callbacks.push(metadata),
      onError: (_, error) => assert.fail(String(error)),
    },
  )
  return { made, blocks, callbacks, gate, clock }
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('BlockGeneratorSuite "block generation and data callbacks"', async () => {
  const { made, blocks, callbacks } = generator()
  await assert.rejects(() => made.add(0), { message: /^Cannot add data as BlockGenerator has not been started/ })
  made.start()
  for (const i of upTo(1, 10)) await made.add(i)
  for (const i of upTo(11, 20)) await made.addWithCallback(i, String(i))
  await made.addMultipleWithCallback(upTo(21, 30), 'metadata')
  await made.stop()
  assert.deepEqual(blocks.flat(), upTo(1, 30))
  assert.deepEqual(callbacks, [...upTo(11, 20).map(String), 'metadata'])
  assert.ok(
    blocks.some((block) => upTo(21, 30).every((i) => block.includes(i))),
    'a group stays in one block',
  )
  await assert.rejects(() => made.add(31), { code: 'receiver-stopped' })
  await assert.rejects(() => made.addMultipleWithCallback([31], 'x'), { code: 'receiver-stopped' })
  assert.throws(() => made.start(), { code: 'receiver-stopped' })
  await made.stop()
})

test('an empty buffer makes no block', async () => {
  const { made, blocks } = generator()
  made.start()
  await made.stop()
  assert.deepEqual(blocks, [])
})

test('who waits is held back while as many blocks wait as may, and nothing is lost', async () => {
  const { made, blocks, gate } = generator({ queue: 2 })
  gate.open = false
  made.start()
  let added = 0
  const adding = (async () => {
    for (const i of upTo(1, 500)) {
      await made.add(i)
      added = i
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve))
  const held = added
  assert.ok(held < 100, `${held} were accepted`)
  Object.assign(gate, { open: true })
  gate.wake()
  await adding
  await made.stop()
  assert.deepEqual(blocks.flat(), upTo(1, 500))
})

test('a rate is kept by those who wait', async () => {
  const { made, blocks, clock } = generator({ maxRate: 100 })
  made.start()
  const before = clock.now()
  for (const i of upTo(1, 201)) await made.add(i)
  // 200 intervals of 10 ms; timers of blocks that pass meanwhile move this clock, too.
  assert.ok(clock.now() - before >= 2_000 - 10, `${clock.now() - before} ms`)
  await made.stop()
  assert.equal(blocks.flat().length, 201)
})

test('after a rest the records of one second may come at once, however long it was; a large group is waited for', () => {
  const clock = new FakeClock()
  const limiter = new RateLimiter(clock, 100)
  clock.advance(3_600_000)
  assert.equal(limiter.take(100), 0)
  assert.equal(limiter.take(250), 0)
  assert.equal(limiter.take(1), 2_500)
  clock.advance(2_499)
  assert.equal(limiter.take(1), 1)
  clock.advance(1)
  assert.equal(limiter.take(1), 0)
})

test('without a rate, or with one that is not above 0, nothing is held back', () => {
  for (const maxRate of [undefined, 0, -1]) {
    const limiter = new RateLimiter(new FakeClock(), maxRate)
    assert.deepEqual([limiter.take(1_000_000), limiter.take(1)], [0, 0])
  }
})
