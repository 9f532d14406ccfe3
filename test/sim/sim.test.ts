import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSimulator } from './bundle.ts'
import { REGRESSIONS } from './regressions.ts'
import { runSeeds } from './run-seeds.ts'
import { CALL_FAULTS, WORLD_FAULTS } from './world/faults.ts'

const simulator = await loadSimulator()

test('a seed repeats everything that happens', async () => {
  for (const seed of [3, 17]) {
    const [first, again] = [await simulator.simulate(seed), await simulator.simulate(seed)]
    assert.equal(again.traceHash, first.traceHash, `seed ${seed}`)
  }
})

test('seeds that once found a violation find none', async () => {
  for (const { seed, found } of REGRESSIONS) {
    const { violations } = await simulator.simulate(seed)
    assert.deepEqual(violations, [], `seed ${seed}, which once found: ${found}`)
  }
})

test('whatever happens to processes and calls, no rule is violated', async () => {
  const { found, tally } = await runSeeds({ from: 1, seeds: 40 })
  assert.equal(found, undefined)
  assert.ok(tally.batches > 400)
  const never = [...CALL_FAULTS, ...WORLD_FAULTS, 'outage'].filter((kind) => tally.faults[kind] === undefined)
  assert.deepEqual(never, [], 'every kind of fault that is declared happens')
})
