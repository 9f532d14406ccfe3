import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../src/util/random.ts'

test('a seed gives the same numbers for ever', () => {
  const random = new Random(42)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => random.nextUint32()),
    [1959603763, 2423114712, 2466933512, 4144396390],
  )
})

test('seeds and streams give different numbers, seeds beyond 32 bits included', () => {
  const firsts = [
    new Random(1),
    new Random(2),
    new Random(1, 1),
    new Random(1 + 2 ** 32),
    new Random(1_700_000_000_000),
    new Random(1_700_000_000_001),
  ].map((random) => random.nextUint32())
  assert.equal(new Set(firsts).size, firsts.length)
})

test('numbers are spread evenly', () => {
  const random = new Random(7)
  const sizes = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const at = random.nextInt(10)
    sizes[at] = (sizes[at] ?? 0) + 1
  }
  assert.ok(Math.min(...sizes) > 880 && Math.max(...sizes) < 1120, String(sizes))
})
