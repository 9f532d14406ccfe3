import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { SluiceError } from '../../src/util/errors.ts'

const sc = new SparkContext()
const numbers = (count: number, partitions?: number) =>
  sc.parallelize(
    Array.from({ length: count }, (_, i) => i),
    partitions,
  )
const words = () => sc.parallelize(['a b', 'b c a', '', 'a'], 3).flatMap((line) => line.split(' ').filter(Boolean))
const pairs = () => words().map((word) => [word, 1])

test('parallelize cuts at floor(i * length / partitions)', async () => {
  assert.deepEqual(await numbers(10, 3).glom().collect(), [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8, 9],
  ])
  assert.equal(numbers(3).getNumPartitions(), 2)
  assert.throws(() => numbers(3, 0), { code: 'bad-partition-count' })
})

test('map, filter and flatMap keep order', async () => {
  const made = numbers(6, 2)
    .filter((n) => n % 2 === 0)
    .map((n) => n * 10)
    .flatMap((n) => [n, n + 1])
  assert.deepEqual(await made.collect(), [0, 1, 20, 21, 40, 41])
})

test('flatMap takes any iterable, a string being its characters', async () => {
  assert.deepEqual(
    await sc
      .parallelize(['ab', 'c'])
      .flatMap((text) => `${text}!`)
      .collect(),
    ['a', 'b', '!', 'c', '!'],
  )
  assert.deepEqual(
    await sc
      .parallelize([2])
      .flatMap((n) => new Set([n, n, 3]))
      .collect(),
    [2, 3],
  )
})

test('mapPartitions runs once per partition, empty ones too, and may be asynchronous', async () => {
  const sums = sc.parallelize([1, 2], 3).mapPartitions(async (records) => [records.reduce((a, b) => a + b, 0)])
  assert.deepEqual(await sums.collect(), [0, 1, 2])
})

test('union concatenates partitions and keeps duplicates', async () => {
  const both = numbers(2, 2).union(numbers(3, 1))
  assert.equal(both.getNumPartitions(), 3)
  assert.deepEqual(await both.collect(), [0, 1, 0, 1, 2])
  assert.deepEqual(await sc.union([both, both]).count(), 10)
  assert.equal(await sc.emptyRDD().count(), 0)
})

test('reduceByKey gives one value per key and does not call the function for single values', async () => {
  let calls = 0
  const reduced = await pairs()
    .reduceByKey((a, b) => {
      calls++
      return a + b
    })
    .collectAsMap()
  assert.deepEqual([...reduced].sort(), [
    ['a', 3],
    ['b', 2],
    ['c', 1],
  ])
  assert.equal(calls, 3)
})

test('keys are compared by value through shuffles', async () => {
  const structured = sc.parallelize<[unknown, number]>(
    [
      [{ a: 1, b: 2 }, 1],
      [{ b: 2, a: 1 }, 1],
      [[1], 1],
      ['[1]', 1],
      [1, 1],
      ['1', 1],
      [Number.NaN, 1],
      [Number.NaN, 1],
      [-0, 1],
      [0, 1],
      [null, 1],
    ],
    4,
  )
  const counts = await structured.reduceByKey((a, b) => a + b, 3).collect()
  assert.deepEqual(
    new Set(counts.map(([key, n]) => `${JSON.stringify(key)} ${n}`)),
    new Set(['{"a":1,"b":2} 2', '[1] 1', '"[1]" 1', '1 1', '"1" 1', 'null 2', '0 2', 'null 1']),
  )
})

test('groupByKey keeps the order of the records in each group', async () => {
  const grouped = sc
    .parallelize(['b1', 'a1', 'b2', 'a2', 'b3'], 2)
    .map((s) => [s[0] ?? '', s])
    .groupByKey(1)
  assert.deepEqual(await grouped.collect(), [
    ['b', ['b1', 'b2', 'b3']],
    ['a', ['a1', 'a2']],
  ])
})

test('combineByKey gives the same with and without combining before the shuffle', async () => {
  const aggregator = {
    createCombiner: (n: number) => [n],
    mergeValue: (all: number[], n: number) => [...all, n],
    mergeCombiners: (a: number[], b: number[]) => [...a, ...b],
  }
  const with_ = await pairs().combineByKey(aggregator).collect()
  const without = await pairs().combineByKey(aggregator, { mapSideCombine: false }).collect()
  assert.deepEqual(with_, without)
})

test('a join keeps the order of the left and, for each value of it, of the right, however many there are', async () => {
  const of = (count: number, key: number) => Array.from({ length: count }, (_, i): [number, number] => [key, i])
  const sizes: readonly (readonly [number, number])[] = [
    [1, 5_000],
    [5_000, 1],
    [64, 64],
    [65, 64],
    [3, 4_097],
    [2, 0],
  ]
  const side = (place: 0 | 1) =>
    sc.parallelize(
      sizes.flatMap((size, key) => of(size[place], key)),
      1,
    )
  const expected = sizes.flatMap(([lefts, rights], key) =>
    of(lefts, key).flatMap(([, left]) => of(rights, key).map(([, right]) => [key, [left, right]])),
  )
  assert.deepEqual(await side(0).join(side(1), 1).collect(), expected)
})

test('cogroup and join pair values by key; a key without partner joins nothing', async () => {
  const left = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ],
    2,
  )
  const right = sc.parallelize<[string, string]>(
    [
      ['c', 'z'],
      ['a', 'x'],
      ['a', 'y'],
    ],
    3,
  )
  assert.deepEqual(await left.join(right, 1).collect(), [
    ['a', [1, 'x']],
    ['a', [1, 'y']],
    ['a', [2, 'x']],
    ['a', [2, 'y']],
  ])
  assert.deepEqual(await left.cogroup(right, 1).collect(), [
    [
      'a',
      [
        [1, 2],
        ['x', 'y'],
      ],
    ],
    ['b', [[3], []]],
    ['c', [[], ['z']]],
  ])
})

test('null keys go to partition 0', async () => {
  const placed = await sc
    .parallelize<[null, number]>([[null, 1]])
    .partitionBy(5)
    .glom()
    .collect()
  assert.deepEqual(placed, [[[null, 1]], [], [], [], []])
})

test('sorting is total over partitions, stable, and keeps equal keys together', async () => {
  const rows = Array.from({ length: 500 }, (_, i) => [(i * 7919) % 50, i] as [number, number])
  for (const partitions of [1, 3, 8]) {
    const sorted = sc.parallelize(rows, 4).sortByKey(true, partitions)
    const expected = [...rows].sort(([a], [b]) => a - b)
    assert.deepEqual(await sorted.collect(), expected)
    const keysByPartition = (await sorted.keys().glom().collect()).map((keys) => new Set(keys))
    assert.equal(new Set(keysByPartition.flatMap((keys) => [...keys])).size, 50)
    assert.equal(
      keysByPartition.reduce((sum, keys) => sum + keys.size, 0),
      50,
    )
  }
  assert.deepEqual(
    await sc
      .parallelize([3, 1, 2], 3)
      .sortBy((n) => n, false)
      .collect(),
    [3, 2, 1],
  )
  await assert.rejects(
    sc
      .parallelize([{ a: 1 }, { a: 2 }], 1)
      .sortBy((o) => o)
      .collect(),
    /have no order/,
  )
})

test('distinct compares by value', async () => {
  const rows = sc.parallelize(
    [
      [1, 'a'],
      [1, 'a'],
      [2, 'a'],
      [1, 'a'],
    ],
    3,
  )
  assert.deepEqual((await rows.distinct().collect()).sort(), [
    [1, 'a'],
    [2, 'a'],
  ])
})

test('coalesce merges neighbours, 10 into 3 as 3, 3 and 4, and never makes more', async () => {
  assert.deepEqual(
    (await numbers(10, 10).coalesce(3).glom().collect()).map((p) => p.length),
    [3, 3, 4],
  )
  assert.equal(numbers(4, 2).coalesce(8).getNumPartitions(), 2)
  assert.equal(numbers(4, 2).coalesce(8, true).getNumPartitions(), 8)
})

test('repartition gives exactly as many partitions, of about equal size', async () => {
  for (const partitions of [1, 4, 7]) {
    const sizes = (await numbers(100, 5).repartition(partitions).glom().collect()).map((p) => p.length)
    assert.equal(sizes.length, partitions)
    assert.equal(
      sizes.reduce((a, b) => a + b),
      100,
    )
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 5, String(sizes))
  }
})

test('actions answer as in Spark', async () => {
  const some = sc.parallelize([5, 3, 9, 1], 3)
  assert.deepEqual(await some.take(2), [5, 3])
  assert.deepEqual(await some.take(10), [5, 3, 9, 1])
  assert.deepEqual(await some.take(0), [])
  assert.equal(await some.first(), 5)
  assert.deepEqual(await some.top(2), [9, 5])
  assert.deepEqual(await some.takeOrdered(2), [1, 3])
  assert.deepEqual(await some.takeOrdered(Number.NaN), [])
  assert.equal(await some.reduce((a, b) => a + b), 18)
  assert.equal(await some.isEmpty(), false)
  assert.equal(await sc.parallelize([]).isEmpty(), true)
  assert.deepEqual(
    await pairs().countByKey(),
    new Map([
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ]),
  )
  assert.deepEqual(
    await sc
      .parallelize<[string, number]>([
        ['a', 1],
        ['a', 2],
      ])
      .collectAsMap(),
    new Map([['a', 2]]),
  )
  assert.deepEqual(await sc.runJob(some, (records, partition) => [partition, ...records]), [
    [0, 5],
    [1, 3],
    [2, 9, 1],
  ])
})

test('asking nothing for an element is Spark’s error', async () => {
  for (const ask of [sc.emptyRDD<number>().first(), sc.parallelize<number>([]).reduce((a, b) => a + b)]) {
    await assert.rejects(ask, (e) => e instanceof SluiceError && e.message.startsWith('empty collection'))
  }
})

test('foreachPartition is called for empty partitions, and reads with for await', async () => {
  const seen: number[][] = [[], [], []]
  await sc.parallelize([1, 2], 3).foreachPartition(async (elements, partition) => {
    const read: number[] = []
    for await (const element of elements) read.push(element)
    seen[partition] = [...read, -1]
  })
  assert.deepEqual(seen, [[-1], [1, -1], [2, -1]])
})

test('an operation whose partitioner fits already does not shuffle', async () => {
  const placed = pairs().partitionBy(new HashPartitioner(3))
  const reduced = placed
    .mapValues((n) => n + 1)
    .filter(() => true)
    .reduceByKey((a, b) => a + b)
  assert.equal(reduced.node.dependencies[0]?.kind, 'narrow')
  assert.equal(placed.partitionBy(3).node, placed.node)
  assert.deepEqual([...(await reduced.collectAsMap())].sort(), [
    ['a', 6],
    ['b', 4],
    ['c', 2],
  ])
  assert.equal(placed.map((pair) => pair).partitioner, undefined)
})
