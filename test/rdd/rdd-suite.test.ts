import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertSame, inAnyOrder, inOrder, pairs, sc } from './spark-suites.ts'

/*
 * What Spark's own RDDSuite says: each test is called as the case is, `suite: name`.
 */

const four = () => sc.parallelize([1, 2, 3, 4], 2)
const ten = () => sc.parallelize([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10)

inOrder({
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
})

inAnyOrder({
  'RDDSuite: cartesian': [
    () => sc.parallelize([1, 2, 3]).cartesian(sc.parallelize([2, 3, 4])),
    [1, 2, 3].flatMap((a) => [2, 3, 4].map((b) => [a, b])),
  ],
  'RDDSuite: intersection strips duplicates': [
    () => sc.parallelize([1, 2, 3, 3]).intersection(sc.parallelize([1, 1, 2, 3])),
    [1, 2, 3],
  ],
})

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
