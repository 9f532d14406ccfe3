import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DStream } from '../../../src/dstream/dstream.ts'
import { HashPartitioner } from '../../../src/rdd/partitioner.ts'
import { seconds } from '../../../src/util/time.ts'
import { type Batches, runStream } from '../run-batches.ts'

/*
 * Laws that hold whatever the data: random programs over random batches, restarted anywhere. A failure prints the seed and
 * the path that repeat it.
 */

type Pair = [string, number]
type Pairs = DStream<Pair>
type Program = (stream: Pairs) => DStream<unknown>

/** A few seconds' worth; each run of the tests tries others. */
const RUNS = { numRuns: 25 }

const sum = (a: number, b: number): number => a + b
const minus = (a: number, b: number): number => a - b

interface Options {
  readonly restartAfter?: readonly number[]
  readonly partitions?: number
  readonly concurrency?: number
}

/** Time and elements of each firing. */
async function run(input: Batches<Pair>, program: Program, options: Options = {}): Promise<[number, unknown[]][]> {
  const firings = await runStream({ inputs: [input], ...options }, ([s]) => program(s as unknown as Pairs))
  return firings.map(({ timeMs, elements }) => [timeMs, elements])
}

const bags = (firings: readonly [number, unknown[]][]): unknown[] =>
  firings.map(([time, elements]) => [time, elements.map((element) => JSON.stringify(element)).sort()])

const pair = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: -9, max: 9 }))
const batch = fc.array(pair, { maxLength: 6 })
const input = fc.array(batch, { minLength: 1, maxLength: 16 })
const patchy = fc.array(fc.option(batch, { freq: 5 }), { minLength: 1, maxLength: 16 })
const cuts = fc.array(fc.nat(14), { maxLength: 4 })
const durations = fc
  .record({ window: fc.integer({ min: 0, max: 9 }), slide: fc.integer({ min: 1, max: 4 }) })
  .map(({ window, slide }) => ({ text: `${window}/${slide}`, window: seconds(window), slide: seconds(slide) }))

type Step = (stream: Pairs) => Pairs

const named = (name: string, apply: Step): readonly [string, Step] => [name, apply]

/** Operators that any pairs can go through, none of which minds a batch without a dataset. */
const step: fc.Arbitrary<readonly [string, Step]> = fc.oneof(
  fc.constantFrom(
    named('map', (s) => s.map(([k, v]): Pair => [v % 2 === 0 ? k : 'e', v])),
    named('flatMap', (s) => s.flatMap(([k, v]) => (v > 3 ? [] : [[k, v] as Pair, [k, 1] as Pair]))),
    named('filter', (s) => s.filter(([, v]) => v % 3 !== 0)),
    named('mapValues', (s) => s.mapValues((v) => v * 2 - 1)),
    named('flatMapValues', (s) => s.flatMapValues((v) => [v, -v])),
    named('reduceByKey', (s) => s.reduceByKey(sum)),
    named('groupByKey', (s) => s.groupByKey().mapValues((values) => values.reduce(sum))),
    named('state', (s) => s.updateStateByKey((vs, n: number | undefined) => vs.reduce(sum, n ?? 0))),
  ),
  durations.map(({ text, window }) => named(`window ${text}`, (s) => s.window(window))),
  durations.map(({ text, window }) => named(`max ${text}`, (s) => s.reduceByKeyAndWindow(Math.max, window))),
  durations.map(({ text, window }) => named(`sum ${text}`, (s) => s.reduceByKeyAndWindow(sum, minus, window))),
)

const program = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => ({
  apply: (stream: Pairs): Pairs => steps.reduce((at, [, apply]) => apply(at), stream),
  toString: () => steps.map(([name]) => name).join(' → '),
  [fc.toStringMethod]: () => steps.map(([name]) => name).join(' → '),
}))

test('any number of partitions gives the same elements', async () => {
  await fc.assert(
    fc.asyncProperty(patchy, program, fc.integer({ min: 2, max: 5 }), async (batches, { apply }, partitions) => {
      const one = await run(batches, apply, { partitions: 1 })
      assert.deepEqual(bags(await run(batches, apply, { partitions })), bags(one))
    }),
    RUNS,
  )
})

test('a restart after any batch changes nothing, not even the order', async () => {
  await fc.assert(
    fc.asyncProperty(patchy, program, cuts, async (batches, { apply }, restartAfter) => {
      assert.deepEqual(await run(batches, apply, { restartAfter }), await run(batches, apply))
    }),
    RUNS,
  )
})

test('a program gives the same bytes each time, however its tasks are interleaved', async () => {
  await fc.assert(
    fc.asyncProperty(patchy, program, fc.integer({ min: 1, max: 6 }), async (batches, { apply }, concurrency) => {
      const [first, second] = [
        await run(batches, apply, { concurrency: 1 }),
        await run(batches, apply, { concurrency }),
      ]
      assert.equal(JSON.stringify(second), JSON.stringify(first))
    }),
    RUNS,
  )
})

test('operators give the same fused as with each of them cut off from the next', async () => {
  const cut = (stream: Pairs): Pairs => stream.transform(async (rdd) => rdd.sparkContext.union([rdd.cache()]))
  const narrow = fc.array(step, { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(input, narrow, async (batches, steps) => {
      const fused = await run(batches, (s) => steps.reduce((at, [, apply]) => apply(at), s))
      const unfused = await run(batches, (s) => steps.reduce((at, [, apply]) => cut(apply(at)), s))
      assert.deepEqual(bags(unfused), bags(fused))
    }),
    RUNS,
  )
})

test('a window with an inverse is the one without', async () => {
  await fc.assert(
    fc.asyncProperty(patchy, durations, cuts, async (batches, { window, slide }, restartAfter) => {
      fc.pre(window.greaterEq(slide))
      // With positive values only, a sum of 0 is a key that has left.
      const positive = (s: Pairs): Pairs => s.mapValues((v) => Math.abs(v) + 1)
      const without = await run(batches, (s) => positive(s).reduceByKeyAndWindow(sum, window, slide))
      const withInverse: Program = (s) =>
        positive(s).reduceByKeyAndWindow(sum, minus, window, slide, new HashPartitioner(3), ([, n]) => n !== 0)
      assert.deepEqual(bags(await run(batches, withInverse, { restartAfter })), bags(without))
    }),
    RUNS,
  )
})

test('reduceByKeyAndWindow is reduceByKey over a window, in the order of time, and so is groupByKeyAndWindow', async () => {
  const join = (a: string, b: string): string => `${a}${b}`
  await fc.assert(
    fc.asyncProperty(patchy, durations, cuts, async (batches, { window, slide }, restartAfter) => {
      // Not commutative: what is merged in another order than that of time is not the same.
      const texts = (s: Pairs) => s.mapValues((v) => `${v},`)
      const sliding = await run(batches, (s) => texts(s).reduceByKeyAndWindow(join, window, slide), { restartAfter })
      const plain = await run(batches, (s) => texts(s).reduceByKey(join).window(window, slide).reduceByKey(join))
      const groups = await run(batches, (s) =>
        texts(s)
          .groupByKeyAndWindow(window, slide)
          .mapValues((values) => values.reduce(join)),
      )
      assert.deepEqual(bags(sliding), bags(plain))
      assert.deepEqual(bags(groups), bags(plain))
    }),
    RUNS,
  )
})

test('reduceByWindow is reduce over a window, and countByWindow counts it', async () => {
  await fc.assert(
    fc.asyncProperty(patchy, durations, async (batches, { window, slide }) => {
      const values = (s: Pairs) => s.map(([, v]) => v)
      const sliding = await run(batches, (s) => values(s).reduceByWindow(Math.max, window, slide))
      assert.deepEqual(sliding, await run(batches, (s) => values(s).window(window, slide).reduce(Math.max)))
      if (!window.greaterEq(slide)) return
      const counted = await run(batches, (s) => values(s).countByWindow(window, slide))
      const counts = await run(batches, (s) => values(s).window(window, slide).count())
      const begun = (firings: readonly [number, unknown[]][]) => firings.filter(([, [n]]) => n !== undefined && n !== 0)
      assert.deepEqual(begun(counted), begun(counts))
    }),
    RUNS,
  )
})
