import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInvocation } from '../../src/scheduler/invocation.ts'
import { Random } from '../../src/util/random.ts'
import { FAULTS, type Fault, FaultyIO } from './faulty-io.ts'
import { drain, processesWith, UNTIL_IDLE, World } from './world.ts'

const FILES = 8

/** Calls of racing processes take turns in an order that the seed decides. */
async function race(seed: number, processes: number) {
  const draws = new Random(seed)
  const random = () => draws.next()
  const world = new World()
  await world.feed(FILES)
  const turns = async () => {
    for (let pause = Math.floor(random() * 6); pause > 0; pause--) await new Promise((resolve) => setImmediate(resolve))
  }
  const faultAt = (): Fault | undefined => (random() < 0.03 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined)
  const outcomes = new Map<string, number>()
  const one = async () => {
    for (let start = 0; start < 4; start++) {
      const runtime = world.process(new FaultyIO(faultAt, turns))
      // Every lease counts as abandoned: whoever comes takes over, and everybody is fenced all the time.
      const end = await runInvocation(runtime, UNTIL_IDLE).then(
        ({ kind }) => kind,
        () => 'died',
      )
      outcomes.set(end, (outcomes.get(end) ?? 0) + 1)
      world.clock.advance(400_000)
    }
  }
  await Promise.all(Array.from({ length: processes }, one))
  await drain(world, processesWith(world, new FaultyIO(() => undefined)))
  return { world, outcomes }
}

test('processes that race, fence each other, lose answers and die leave the very files of an undisturbed run', async () => {
  const calm = new World()
  await calm.feed(FILES)
  await drain(calm, processesWith(calm, new FaultyIO(() => undefined)))
  const expected = await calm.outputs()
  const totals = new Map<string, number>()
  const seeds = Number(process.env.SLUICE_RACE_SEEDS ?? 150)
  const from = Number(process.env.SLUICE_RACE_FROM ?? 1)
  for (let seed = from; seed < from + seeds; seed++) {
    const { world, outcomes } = await race(seed, 2 + (seed % 3))
    assert.deepEqual(await world.outputs(), expected, `seed ${seed}`)
    assert.deepEqual(world.overwritten, [], `seed ${seed}`)
    for (const [kind, count] of outcomes) totals.set(kind, (totals.get(kind) ?? 0) + count)
  }
  // The races are worth something only if they were lost, and only if not everything died.
  assert.ok((totals.get('fenced') ?? 0) > seeds / 10, JSON.stringify([...totals]))
  assert.ok((totals.get('died') ?? 0) > seeds / 10, JSON.stringify([...totals]))
})
