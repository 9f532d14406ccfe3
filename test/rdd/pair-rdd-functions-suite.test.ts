import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inAnyOrder, inOrder, pairs, sc } from './spark-suites.ts'

/*
 * What Spark's own PairRDDFunctionsSuite says: each test is called as the case is, `suite: name`.
 */

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

inOrder({
  'PairRDDFunctionsSuite: keys': [
    () =>
      pairs([
        [1, 'a'],
        [2, 'b'],
      ]).keys(),
    [1, 2],
  ],
})

inAnyOrder({
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
