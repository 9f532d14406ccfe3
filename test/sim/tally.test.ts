import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeedResult } from './simulate.ts'
import { leftText, sitesVerdict } from './summary.ts'
import { Sum, tallyOf } from './tally.ts'

const MISSED = { 'head:commit': { calls: 1, crashes: { before: 0, after: 1 } } }

/** A simulator whose seeds take a millisecond each, and its clock, which begins at 0. */
function simulator(violated?: number) {
  let nowMs = 0
  const simulate = async (seed: number): Promise<SeedResult> => {
    nowMs++
    const violations = seed === violated ? [{ rule: 'some-rule', message: 'it does not hold', atMs: 1 }] : []
    return { seed, batches: 1, faults: new Map(), sites: MISSED, violations, traceHash: '' }
  }
  return { simulate, now: () => nowMs }
}

test('no seed is begun when the time is up; those that were not are told', async () => {
  const { simulate, now } = simulator()
  const { seeds, left } = await tallyOf({ simulate }, { from: 11, seeds: 10, untilMs: 4 }, { now })
  assert.deepEqual([seeds, left], [4, [{ from: 15, seeds: 6 }]])
  const { left: rest, seeds: none } = await tallyOf({ simulate }, { from: 21, seeds: 10, untilMs: 4 }, { now })
  assert.deepEqual([none, rest], [0, [{ from: 21, seeds: 10 }]])
})

test('a run that ends in time, or that has no end, leaves none; nor does one that a violation ends', async () => {
  for (const [untilMs, violated, run] of [
    [10, undefined, 10],
    [undefined, undefined, 10],
    [4, 3, 3],
  ] as const) {
    const { simulate, now } = simulator(violated)
    const { seeds, left, found } = await tallyOf({ simulate }, { from: 1, seeds: 10, untilMs }, { now })
    assert.deepEqual([seeds, left, found?.seed], [run, [], violated])
  }
})

test('what several processes left is told in order, neighbours together', () => {
  const left = [
    { from: 151, seeds: 50 },
    { from: 42, seeds: 9 },
    { from: 101, seeds: 50 },
    { from: 100, seeds: 1 },
    { from: 60, seeds: 1 },
  ]
  assert.equal(
    leftText(left, { from: 1, seeds: 200 }),
    'the time was up before 111 of 200 seeds were begun: 42-50, 60, 100-200',
  )
})

test('a run that was cut off judges no crash sites; any other fails where a process never died', async () => {
  for (const [untilMs, passed, text] of [
    [4, true, /not judged/],
    [10, false, /^no process died here: head:commit:before$/],
  ] as const) {
    const { simulate, now } = simulator()
    const sum = new Sum()
    sum.add(await tallyOf({ simulate }, { from: 1, seeds: 10, untilMs }, { now }))
    const verdict = sitesVerdict(sum)
    assert.equal(verdict.passed, passed)
    assert.match(verdict.text ?? '', text)
  }
})
