import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CaseBatch, CaseParams, ExecutableCase, Step } from './case.ts'
import { runCase } from './run-case.ts'

interface Given extends Omit<CaseParams, 'pipeline'> {
  readonly input: readonly CaseBatch[]
  readonly input2?: readonly CaseBatch[]
  readonly pipeline: readonly Step[]
  readonly expected: readonly unknown[]
}

function caseOf({ input, input2 = [], expected, ...params }: Given): ExecutableCase {
  return { suite: 'Runner', name: 'case', input, input2, params, expected }
}

async function passes(given: Given): Promise<void> {
  const { ok, error, got } = await runCase(caseOf(given))
  assert.ok(ok, `${error}\ngot ${JSON.stringify(got)}`)
}

async function fails(given: Given, error: RegExp): Promise<void> {
  const result = await runCase(caseOf(given))
  assert.equal(result.ok, false)
  assert.match(result.error ?? '', error)
}

const SUM = '(a, b) => a + b'
const LESS = '(a, b) => a - b'

test('a filter stays in its place when a step leaves out its slide', () =>
  passes({
    input: [[['a', 1]], [['b', 2]], []],
    pipeline: [
      { op: 'reduceByKeyAndWindow', fn: SUM, invFn: LESS, filterFn: 'kv => kv[1] !== 0', windowMs: 1000 },
      { op: 'sortByKey' },
    ],
    expected: [[['a', 1]], [['b', 2]], []],
  }))

const KEYED: readonly Step[] = [
  { op: 'reduceByKey', fn: SUM },
  { op: 'groupByKey' },
  { op: 'combineByKey', createCombiner: 'v => v', mergeValue: SUM, mergeCombiners: SUM },
  { op: 'countByValue' },
  { op: 'cogroup' },
  { op: 'join' },
  { op: 'fullOuterJoin' },
  { op: 'countByValueAndWindow', windowMs: 1000, slideMs: 1000 },
  { op: 'groupByKeyAndWindow', windowMs: 1000 },
  { op: 'reduceByKeyAndWindow', fn: SUM, windowMs: 1000 },
  { op: 'reduceByKeyAndWindow', fn: SUM, invFn: LESS, windowMs: 1000, slideMs: 1000 },
  { op: 'updateStateByKey', fn: '(vs, s) => vs.length' },
  { op: 'updateStateByKey', fn: '(vs, s) => vs.length', form: 'iterator' },
  { op: 'updateStateByKey', fn: '(vs, s) => vs.length', initial: [['z', 1]] },
  { op: 'mapWithState', fn: '(k, v, s) => [k, v]' },
]

for (const step of KEYED) {
  test(`a number of partitions reaches ${Object.values(step).join(' ')}`, () =>
    passes({
      input: [[['a', 1]]],
      pipeline: [{ ...step, numPartitions: 5 }, { op: 'glom' }, { op: 'count' }],
      expected: [[5]],
    }))
}

test('the translation of an outer join leaves keys in place, so that windows over it have its partitions', () =>
  passes({
    input: [[['a', 1]], [['b', 1]]],
    pipeline: [{ op: 'leftOuterJoin' }, { op: 'window', windowMs: 2000 }, { op: 'glom' }, { op: 'count' }],
    expected: [[2], [2]],
  }))

test('a dataset is sorted in the order that a step asks for', () =>
  passes({
    input: [
      [['a', 1]],
      [
        ['b', 2],
        ['c', 3],
        ['a', 1],
      ],
    ],
    pipeline: [
      { op: 'sortByKey', ascending: false },
      { op: 'map', fn: 'kv => kv[0]' },
    ],
    expected: [['a'], ['c', 'b', 'a']],
  }))

test('order counts unless elements were shuffled and not sorted since', async () => {
  const pairs = [
    ['a', 1],
    ['b', 2],
  ] as const
  const [given, turned] = [{ input: [pairs] }, [[...pairs].reverse()]]
  await fails({ ...given, pipeline: [{ op: 'filter', fn: 'x => true' }], expected: turned }, /expected/)
  await passes({ ...given, pipeline: [{ op: 'groupByKey' }, { op: 'mapValues', fn: 'vs => vs[0]' }], expected: turned })
  await passes({
    ...given,
    pipeline: [{ op: 'union', others: [{ pipeline: [{ op: 'reduceByKey', fn: SUM }] }] }],
    expected: turned,
  })
  await fails(
    { ...given, pipeline: [{ op: 'reduceByKey', fn: SUM }, { op: 'sortByKey' }], expected: turned },
    /expected/,
  )
})

test('what streams have no method for, their datasets do', () =>
  passes({
    input: [[2, 1, 2]],
    pipeline: [
      { op: 'distinct', numPartitions: 1 },
      { op: 'sortBy', fn: 'x => -x', ascending: false, numPartitions: 1 },
    ],
    expected: [[1, 2]],
  }))

const EVENS: readonly Step[] = [{ op: 'filter', fn: 'x => x % 2 === 0' }]

test('every way to name other streams holds for every step that takes one', async () => {
  const given = { input: [[1]], input2: [[2, 3]] }
  const union = (step: Partial<Step>): readonly Step[] => [{ op: 'union', ...step }]
  await passes({ ...given, pipeline: union({}), expected: [[1, 2, 3]] })
  await passes({ ...given, pipeline: union({ otherPipeline: EVENS }), expected: [[1, 2]] })
  await passes({ ...given, pipeline: union({ other: { source: 'input' } }), expected: [[1, 1]] })
  await passes({ ...given, pipeline: union({ others: [{ pipeline: EVENS }, {}] }), expected: [[1, 2, 2, 3]] })
  await passes({ ...given, pipeline: [{ op: 'transformWith', fn: 'union', others: [{}] }], expected: [[1, 2, 3]] })
  await fails({ ...given, pipeline: [{ op: 'join', others: [{}, {}] }], expected: [] }, /join takes one other stream/)
})

test('transformWith takes a function of both batches and the time, too', () =>
  passes({
    input: [[1], [2]],
    input2: [[3], []],
    pipeline: [{ op: 'transformWith', fn: '(xs, ys, t) => [...ys, ...xs, t]' }],
    expected: [
      [3, 1, 1000],
      [2, 2000],
    ],
  }))

test('a program may be restarted several times', () =>
  passes({
    input: [[1], [2], [3], [4]],
    restartAfterBatches: [1, 3],
    pipeline: [{ op: 'reduceByWindow', fn: SUM, invFn: LESS, windowMs: 2000, slideMs: 1000 }],
    expected: [[1], [3], [5], [7]],
  }))

test('an operation that is not known fails a case, also one that expects an error', async () => {
  const pipeline = [{ op: 'mapp', fn: 'x => x' }]
  await fails(
    { input: [[1]], pipeline, expected: [], expectError: true, errorAtMs: 0 },
    /no operation of this name: mapp/,
  )
})

const SLOW_COUNT: readonly Step[] = [{ op: 'count' }, { op: 'window', windowMs: 2000, slideMs: 2000 }]

test('a batch that a slow window cannot be made of fails as of the firing that needs it', async () => {
  const given = { input: [[1], [2], null, [4]], pipeline: SLOW_COUNT, expected: [[1, 1]], expectError: true }
  await passes({ ...given, errorAtMs: 4000 })
  await fails({ ...given, errorAtMs: 3000 }, /it must fail at 3000 ms, not at 4000 ms/)
  await fails({ ...given, expectError: false }, /Couldn't generate RDD/)
})

test('a failure before a firing that never comes is none', async () => {
  const given = { input: [[1], [2], null], pipeline: SLOW_COUNT, expected: [[1, 1]], outputTimesMs: [2000] }
  await passes({ ...given, numBatches: 3 })
  await fails({ ...given, numBatches: 4 }, /Couldn't generate RDD/)
})

test('a slice of a batch to come fails where that batch would', async () => {
  const given = { input: [[1], null], pipeline: [{ op: 'count' }], numBatches: 1, expected: [] }
  await passes({ ...given, queries: [[2000, 2000]], expectError: true })
  await fails({ ...given, queries: [[1000, 1000]], expectError: true }, /it must fail/)
})
