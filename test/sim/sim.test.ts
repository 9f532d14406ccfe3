import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSimulator } from './bundle.ts'
import { REGRESSIONS } from './regressions.ts'
import { runSeeds } from './run-seeds.ts'

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
  const said: string[] = []
  const summary = await runSeeds(simulator, { seeds: 40, from: 1, say: (line) => void said.push(line) })
  assert.equal(summary.violations, 0, said.join('\n'))
  assert.ok(summary.batches > 400)
})
