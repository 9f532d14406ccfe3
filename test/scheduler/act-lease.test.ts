import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { stagedKey } from '../../src/checkpoint/names.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { createSavepoint } from '../../src/scheduler/savepoint.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { collecting, runBatches, signal } from './collecting.ts'
import { World } from './world.ts'

const MINUTE_MS = 60_000
const app = collecting()

async function headOf(world: World): Promise<Head> {
  return (await world.register.read('collecting')) ?? assert.fail('no head')
}

/** So much garbage that a collection lists it in five pages. */
async function withGarbage(): Promise<World> {
  const world = new World()
  await world.feed(3)
  await runBatches(world, app, 2)
  const dead: Attempt = { incarnation: 1, batchTime: 1_000, token: 1 as Token, number: 99 }
  for (let i = 0; i < 4_500; i++)
    await world.checkpoint.put(stagedKey('collecting', dead, 'seen', `x${i}`), new Uint8Array(1))
  return world
}

test('an operator who dies over an act holds the application up for two minutes', async () => {
  const world = new World()
  await world.feed(1)
  await runBatches(world, app, 1)
  const dies = new FaultyIO((_, name) => (name === 'store.put' ? 'crash-before' : undefined))
  await assert.rejects(createSavepoint(world.process(dies, app), { name: 's', signal }))
  const { lease } = await headOf(world)
  assert.equal(lease?.until, world.clock.now() + 2 * MINUTE_MS)
})

test('an act that takes longer than its lease keeps it', async () => {
  const world = await withGarbage()
  const left: Promise<number>[] = []
  const slow = new FaultyIO((_, name) => {
    if (name !== 'store.delete') return undefined
    world.clock.advance(MINUTE_MS)
    const nowMs = world.clock.now()
    left.push(headOf(world).then(({ lease }) => (lease?.until ?? 0) - nowMs))
    return undefined
  })
  const { cutOff, deleted } = await collect(world.process(slow, app), { signal })
  assert.deepEqual([cutOff, deleted > 4_000], [false, true])
  const leftMs = await Promise.all(left)
  assert.ok(leftMs.length >= 5 && leftMs.every((ms) => ms > 0), `left at each deletion: ${leftMs}`)
  assert.equal((await headOf(world)).lease, undefined)
})

test('a collection that lost its lease over a page ends, and leaves the head to whoever has it', async () => {
  const world = await withGarbage()
  let [deletions, isTaken] = [0, false]
  const overtaken = new FaultyIO(
    (_, name) => {
      if (name === 'store.delete' && ++deletions === 1) world.clock.advance(5 * MINUTE_MS)
      return undefined
    },
    async () => {
      if (deletions === 0 || isTaken) return
      isTaken = true
      await runBatches(world, app, 1)
    },
  )
  await assert.rejects(collect(world.process(overtaken, app), { signal }), { code: 'overtaken' })
  assert.equal(deletions, 1)
  const { collected, lease } = await headOf(world)
  assert.deepEqual([collected, lease], [undefined, undefined])
})
