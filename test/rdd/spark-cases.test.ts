import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RDD } from '../../src/rdd/rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

/*
 * What Spark's own suites say of transformations: each test is called as the case is, `suite: name`.
 */

const sc = new SparkContext()
const four = () => sc.parallelize([1, 2, 3, 4], 2)
const ten = () => sc.parallelize([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10)
const pairs = <K, V>(elements: [K, V][], partitions = 2) => sc.parallelize<[K, V]>(elements, partitions)
const text = (element: unknown) => JSON.stringify(element) ?? 'undefined'

/** As multisets: Spark promises no order after a shuffle. */
async function assertSame(actual: RDD<unknown>, expected: readonly unknown[]): Promise<void> {
  assert.deepEqual((await actual.collect()).map(text).sort(), expected.map(text).sort())
}

const inOrder: Readonly<Record<string, readonly [() => RDD<unknown>, readonly unknown[]]>> = {
  'RDDSuite: map': [() => four().map((x) => String(x)), ['1', '2', '3', '4']],
  'RDDSuite: filter': [() => four().filter((x) => x > 2), [3, 4]],
  'RDDSuite: flatMap': [
    () => four().flatMap((x) => Array.from({ length: x }, (_, i) => i + 1)),
    [1, 1, 2, 1, 2, 3, 1, 2, 3, 4],
  ],
  'RDDSuite: union': [() => four().union(four()), [1, 2, 3, 4, 1, 2, 3, 4]],
  'RDDSuite: collect(partial function)': [
    () => four().collectPartial((x) => (x >= 3 ? String(x) : undefined)),
    ['3', '4'],
  ],
  'RDDSuite: keyBy': [
    () => four().keyBy((x) => String(x)),
    [
      ['1', 1],
      ['2', 2],
      ['3', 3],
      ['4', 4],
    ],
  ],
  'RDDSuite: mapPartitions sum': [() => four().mapPartitions((xs) => [xs.reduce((a, b) => a + b)]), [3, 7]],
  'RDDSuite: mapPartitionsWithIndex sum': [
    () => four().mapPartitionsWithIndex((index, xs) => [[index, xs.reduce((a, b) => a + b)]]),
    [
      [0, 3],
      [1, 7],
    ],
  ],
  'RDDSuite: coalesce 10 -> 2': [
    () => ten().coalesce(2).glom(),
    [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ],
  ],
  'RDDSuite: coalesce 10 -> 3': [
    () => ten().coalesce(3).glom(),
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9, 10],
    ],
  ],
  'RDDSuite: coalesce 10 -> 20': [() => ten().coalesce(20).glom(), [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10]]],
  'RDDSuite: zip': [
    () =>
      four()
        .zip(sc.parallelize([2, 3, 4, 5], 2))
        .glom(),
    [
      [
        [1, 2],
        [2, 3],
      ],
      [
        [3, 4],
        [4, 5],
      ],
    ],
  ],
  'RDDSuite: sortBy 2': [
    () => sc.parallelize(['5|50|A', '4|60|C', '6|40|B']).sortBy((row) => row.split('|')[1]),
    ['6|40|B', '5|50|A', '4|60|C'],
  ],
  'RDDSuite: sortBy desc': [
    () => sc.parallelize(['5|50|A', '4|60|C', '6|40|B']).sortBy((row) => row.split('|')[0], false),
    ['6|40|B', '5|50|A', '4|60|C'],
  ],
  'RDDSuite: cartesian empty': [() => sc.parallelize<number>([]).cartesian(sc.parallelize([1, 2, 3])), []],
  'RDDSuite: zipWithIndex': [
    () => sc.parallelize([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3).zipWithIndex(),
    Array.from({ length: 10 }, (_, i) => [i, i]),
  ],
  'PairRDDFunctionsSuite: keys': [
    () =>
      pairs([
        [1, 'a'],
        [2, 'b'],
      ]).keys(),
    [1, 2],
  ],
}

for (const [name, [make, expected]] of Object.entries(inOrder)) {
  test(name, async () => assert.deepEqual(await make().collect(), expected))
}

const left = () =>
  pairs([
    [1, 1],
    [1, 2],
    [2, 1],
    [3, 1],
  ])
const right = () =>
  pairs([
    [1, 'x'],
    [2, 'y'],
    [2, 'z'],
    [4, 'w'],
  ])
const third = () =>
  pairs([
    [1, 'a'],
    [3, 'b'],
    [4, 'c'],
    [4, 'd'],
  ])
const elsewhere = () =>
  pairs([
    [4, 'x'],
    [5, 'y'],
    [5, 'z'],
    [6, 'w'],
  ])
const repeated = () =>
  pairs([
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 1],
    [2, 1],
  ])

const inAnyOrder: Readonly<Record<string, readonly [() => RDD<unknown>, readonly unknown[]]>> = {
  'RDDSuite: cartesian': [
    () => sc.parallelize([1, 2, 3]).cartesian(sc.parallelize([2, 3, 4])),
    [1, 2, 3].flatMap((a) => [2, 3, 4].map((b) => [a, b])),
  ],
  'RDDSuite: intersection strips duplicates': [
    () => sc.parallelize([1, 2, 3, 3]).intersection(sc.parallelize([1, 1, 2, 3])),
    [1, 2, 3],
  ],
  'PairRDDFunctionsSuite: aggregateByKey': [
    () =>
      pairs([
        [1, 1],
        [1, 1],
        [3, 2],
        [5, 1],
        [5, 3],
      ])
        .aggregateByKey(
          new Set<number>(),
          (set, value) => set.add(value),
          (a, b) => new Set([...a, ...b]),
        )
        .mapValues((set) => [...set].sort()),
    [
      [1, [1]],
      [3, [2]],
      [5, [1, 3]],
    ],
  ],
  'PairRDDFunctionsSuite: groupByKey': [
    () =>
      pairs([
        [1, 1],
        [1, 2],
        [1, 3],
        [2, 1],
      ]).groupByKey(),
    [
      [1, [1, 2, 3]],
      [2, [1]],
    ],
  ],
  'PairRDDFunctionsSuite: groupByKey with duplicates': [
    () =>
      repeated()
        .groupByKey()
        .mapValues((values) => values.sort()),
    [
      [1, [1, 1, 2, 3]],
      [2, [1]],
    ],
  ],
  'PairRDDFunctionsSuite: reduceByKey': [
    () => repeated().reduceByKey((a, b) => a + b),
    [
      [1, 7],
      [2, 1],
    ],
  ],
  'PairRDDFunctionsSuite: join': [
    () => left().join(right()),
    [
      [1, [1, 'x']],
      [1, [2, 'x']],
      [2, [1, 'y']],
      [2, [1, 'z']],
    ],
  ],
  'PairRDDFunctionsSuite: join all-to-all': [
    () =>
      pairs([
        [1, 1],
        [1, 2],
        [1, 3],
      ]).join(
        pairs([
          [1, 'x'],
          [1, 'y'],
        ]),
      ),
    [1, 2, 3].flatMap((v) => ['x', 'y'].map((w) => [1, [v, w]])),
  ],
  'PairRDDFunctionsSuite: leftOuterJoin': [
    () => left().leftOuterJoin(right()),
    [
      [1, [1, 'x']],
      [1, [2, 'x']],
      [2, [1, 'y']],
      [2, [1, 'z']],
      [3, [1, undefined]],
    ],
  ],
  'PairRDDFunctionsSuite: rightOuterJoin': [
    () => left().rightOuterJoin(right()),
    [
      [1, [1, 'x']],
      [1, [2, 'x']],
      [2, [1, 'y']],
      [2, [1, 'z']],
      [4, [undefined, 'w']],
    ],
  ],
  'PairRDDFunctionsSuite: join with no matches': [() => left().join(elsewhere()), []],
  'PairRDDFunctionsSuite: groupWith': [
    () => left().groupWith(right()),
    [
      [1, [[1, 2], ['x']]],
      [2, [[1], ['y', 'z']]],
      [3, [[1], []]],
      [4, [[], ['w']]],
    ],
  ],
  'PairRDDFunctionsSuite: groupWith3': [
    () => left().groupWith(right(), third()),
    [
      [1, [[1, 2], ['x'], ['a']]],
      [2, [[1], ['y', 'z'], []]],
      [3, [[1], [], ['b']]],
      [4, [[], ['w'], ['c', 'd']]],
    ],
  ],
  'PairRDDFunctionsSuite: subtract pairs': [
    () =>
      pairs([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]).subtract(
        pairs([
          [2, 'b'],
          [3, 'cc'],
          [4, 'd'],
        ]),
      ),
    [
      [1, 'a'],
      [3, 'c'],
    ],
  ],
  'PairRDDFunctionsSuite: subtractByKey': [
    () =>
      pairs([
        [1, 'a'],
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]).subtractByKey(
        pairs([
          [2, 20],
          [3, 30],
          [4, 40],
        ]),
      ),
    [
      [1, 'a'],
      [1, 'a'],
    ],
  ],
}

for (const [name, [make, expected]] of Object.entries(inAnyOrder)) {
  test(name, () => assertSame(make(), expected))
}

test('RDDSuite: distinct.count', async () => {
  assert.equal(await sc.parallelize([1, 1, 2, 2, 3, 3, 4, 4], 2).distinct().count(), 4)
})

test('RDDSuite: empty RDD, of transformations', async () => {
  const two = pairs([
    [1, 1],
    [2, 2],
  ])
  const empty = sc.emptyRDD<[number, number]>()
  assert.equal(await two.join(empty).count(), 0)
  assert.equal(await two.rightOuterJoin(empty).count(), 0)
  assert.equal(await two.leftOuterJoin(empty).count(), 2)
  assert.equal(await two.fullOuterJoin(empty).count(), 2)
  assert.equal(await two.cogroup(empty).count(), 2)
  assert.equal(await two.union(empty).count(), 2)
})

test('RDDSuite: coalesce 20 shuffle', async () => {
  const coalesced = ten().coalesce(20, true)
  assert.equal(coalesced.getNumPartitions(), 20)
  await assertSame(coalesced, await ten().collect())
})

test('RDDSuite: repartition', () => {
  assert.equal(ten().repartition(2).getNumPartitions(), 2)
  assert.equal(ten().repartition(20).getNumPartitions(), 20)
  assert.throws(() => ten().repartition(0), { code: 'bad-partition-count', message: /must be positive/ })
})

test('RDDSuite: zip, of unequal sides', async () => {
  assert.throws(() => four().zip(sc.parallelize([1, 2, 3, 4], 3)), {
    code: 'unequal-partitions',
    message: /^Can't zip RDDs with unequal numbers of partitions/,
  })
  for (const other of [[1, 2, 3], [1, 2, 3, 4, 5], []]) {
    await assert.rejects(four().zip(sc.parallelize(other, 2)).collect(), {
      code: 'unequal-partition-sizes',
      message: /^Can only zip RDDs with same number of elements in each partition/,
    })
  }
})

for (const partitions of [2, 4]) {
  test(`PairRDDFunctionsSuite: subtract, from ${partitions} partitions`, async () => {
    const rest = sc.parallelize([1, 2, 3], partitions).subtract(sc.parallelize([2, 3, 4], 4))
    assert.deepEqual(await rest.collect(), [1])
    assert.equal(rest.getNumPartitions(), partitions)
    assert.equal(rest.partitioner, undefined)
  })
}

test('PairRDDFunctionsSuite: default partitioner uses largest partitioner', () => {
  const small = pairs([[1, 2]], 2)
  const large = pairs([[1, 2]], 2000)
  assert.equal(small.join(large).getNumPartitions(), 2000)
})
