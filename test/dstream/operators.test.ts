import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DStream } from '../../src/dstream/dstream.ts'
import { seconds } from '../../src/util/time.ts'
import { type Batches, runStream } from './run-batches.ts'

type Operation = (stream: DStream<never>, other: DStream<never>) => DStream<unknown>

/** The elements of each batch that has a dataset. */
async function outputs(
  inputs: readonly Batches<unknown>[],
  operation: Operation,
  partitions = 2,
): Promise<unknown[][]> {
  const firings = await runStream({ inputs, partitions }, ([first, second]) =>
    operation(first as DStream<never>, second as DStream<never>),
  )
  return firings.map(({ elements }) => elements)
}

const sorted = (batches: unknown[][]): unknown[][] =>
  batches.map((batch) => [...batch].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))
const numbers = (stream: DStream<never>): DStream<number> => stream
const ones = (stream: DStream<never>): DStream<[string, number]> => (stream as DStream<string>).map((x) => [x, 1])

test('map keeps order; a batch without a dataset stays without', async () => {
  const got = await outputs([[[1, 2, 3, 4], null, [], [9]]], (s) => numbers(s).map((n) => n * 2))
  assert.deepEqual(got, [[2, 4, 6, 8], [], [18]])
})

test('flatMap and filter keep order', async () => {
  const got = await outputs([[[1, 2, 3, 4]]], (s) =>
    numbers(s)
      .flatMap((x) => [x, x * 2])
      .filter((x) => x > 2),
  )
  assert.deepEqual(got, [[4, 3, 6, 4, 8]])
})

test('groupByKey: an empty batch gives an empty dataset', async () => {
  const got = await outputs([[['a', 'a', 'b'], ['', ''], []]], (s) => ones(s).groupByKey())
  assert.deepEqual(sorted(got), [
    [
      ['a', [1, 1]],
      ['b', [1]],
    ],
    [['', [1, 1]]],
    [],
  ])
})

test('mapValues and flatMapValues keep keys', async () => {
  const counts = (s: DStream<never>) => ones(s).reduceByKey((a, b) => a + b)
  const input = [[['a', 'a', 'b'], ['', ''], []]]
  assert.deepEqual(sorted(await outputs(input, (s) => counts(s).mapValues((v) => v + 10))), [
    [
      ['a', 12],
      ['b', 11],
    ],
    [['', 12]],
    [],
  ])
  assert.deepEqual(sorted(await outputs(input, (s) => counts(s).flatMapValues((v) => [v, v + 10]))), [
    [
      ['a', 12],
      ['a', 2],
      ['b', 11],
      ['b', 1],
    ],
    [
      ['', 12],
      ['', 2],
    ],
    [],
  ])
})

test('count of an empty batch is 0, of a batch without a dataset an error', async () => {
  assert.deepEqual(await outputs([[[], [1], [1, 2], [1, 2, 3]]], (s) => s.count()), [[0], [1], [2], [3]])
  await assert.rejects(
    outputs([[[1], null]], (s) => s.count()),
    /Couldn't generate RDD from parent at time 2000 ms/,
  )
})

test('count and reduction over a window, empty or not, have the partitions of keyed streams, reduce has one', async () => {
  const partitions = (operation: Operation) => outputs([[[1, 2], []]], (s, o) => operation(s, o).glom().count(), 3)
  assert.deepEqual(await partitions((s) => s.count()), [[3], [3]])
  assert.deepEqual(await partitions((s) => ones(s).reduceByKeyAndWindow((a, b) => a + b, seconds(0))), [[3], [3]])
  assert.deepEqual(await partitions((s) => ones(s).reduceByKeyAndWindow((a, b) => a + b, seconds(1))), [[3], [3]])
  assert.deepEqual(await partitions((s) => numbers(s).reduce((a, b) => a + b)), [[1], [1]])
})

test('union concatenates in the order of the streams and needs every dataset', async () => {
  const both: Operation = (s, other) => numbers(s).union(numbers(other))
  assert.deepEqual(
    await outputs(
      [
        [[1, 2], [3]],
        [[5], []],
      ],
      both,
    ),
    [[1, 2, 5], [3]],
  )
  await assert.rejects(
    outputs(
      [
        [[1], [2]],
        [[1], null],
      ],
      both,
    ),
    /Could not generate RDD from a parent for unifying at time 2000 ms/,
  )
})

test('join and cogroup pair within a batch, and need both datasets', async () => {
  const inputs = [
    [['a', 'b'], ['a', ''], [''], []],
    [['a', 'b'], ['b', ''], [], ['']],
  ]
  const tagged = (s: DStream<never>): DStream<[string, string]> => (s as DStream<string>).map((x) => [x, 'x'])
  assert.deepEqual(sorted(await outputs(inputs, (s, other) => ones(s).join(tagged(other)))), [
    [
      ['a', [1, 'x']],
      ['b', [1, 'x']],
    ],
    [['', [1, 'x']]],
    [],
    [],
  ])
  assert.deepEqual(sorted(await outputs(inputs, (s, other) => ones(s).cogroup(tagged(other)))), [
    [
      ['a', [[1], ['x']]],
      ['b', [[1], ['x']]],
    ],
    [
      ['', [[1], ['x']]],
      ['a', [[1], []]],
      ['b', [[], ['x']]],
    ],
    [['', [[1], []]]],
    [['', [[], ['x']]]],
  ])
  await assert.rejects(
    outputs([[['a']], [null]], (s, other) => ones(s).join(ones(other))),
    /Couldn't generate RDD/,
  )
})

test('transform gets dataset and time, may be asynchronous, and must return a dataset', async () => {
  const got = await outputs([[[2, 1], []]], (s) =>
    numbers(s).transform(async (rdd, time) => rdd.sortBy((n) => n).map((n) => `${n} at ${time}`)),
  )
  assert.deepEqual(got, [['1 at 1000 ms', '2 at 1000 ms'], []])
  await assert.rejects(
    outputs([[[1]]], (s) => numbers(s).transform(() => null as never)),
    /Transform function must not return null/,
  )
  await assert.rejects(
    outputs([[[1]]], (s) => numbers(s).transform((rdd) => rdd.collect() as never)),
    { code: 'transform-returned-no-dataset' },
  )
  await assert.rejects(
    outputs([[null]], (s) => numbers(s).transform((rdd) => rdd)),
    /at time 1000 ms/,
  )
})

test('union and transform of many streams', async () => {
  const firings = await runStream({ inputs: [[[1]], [[2]], [[3]]] }, (streams, ssc) => {
    const sum = ssc.transform(streams, ([first, ...rest]) => first?.sparkContext.union([first, ...rest]) as never)
    return ssc.union<unknown>([...streams, sum])
  })
  assert.deepEqual(firings[0]?.elements, [1, 2, 3, 1, 2, 3])
})

test('any number of partitions gives the same elements', async () => {
  const input = [[['a', 'b', 'a', 'c'], ['c'], []]]
  const operation: Operation = (s) => ones(s).reduceByKey((a, b) => a + b)
  const one = sorted(await outputs(input, operation, 1))
  for (const partitions of [2, 3, 8]) assert.deepEqual(sorted(await outputs(input, operation, partitions)), one)
})

test('mapPartitions and glom see every partition, empty ones too', async () => {
  const sizes: Operation = (s) => numbers(s).mapPartitions((part) => [part.length])
  assert.deepEqual(await outputs([[[1, 2, 3], [], null]], sizes), [
    [1, 2],
    [0, 0],
  ])
  assert.deepEqual(await outputs([[[1, 2, 3], [], null]], (s) => s.glom()), [
    [[1], [2, 3]],
    [[], []],
  ])
})

test('reduce of an empty batch has no element, and passes on that there is no dataset; repartition does not', async () => {
  const input = [[[1, 2, 3], [], null]]
  assert.deepEqual(await outputs(input, (s) => numbers(s).reduce((a, b) => a + b)), [[6], []])
  const shapes = await runStream({ inputs: [[[1, 2, 3], []]] }, ([s]) => numbers(s as DStream<never>).repartition(5))
  assert.deepEqual(
    shapes.map(({ partitions }) => partitions.length),
    [5, 5],
  )
  await assert.rejects(
    outputs(input, (s) => s.repartition(2)),
    /Couldn't generate RDD from parent at time 3000 ms/,
  )
})

test('countByValue and combineByKey', async () => {
  const counted = await outputs([[['a', 'b', 'a'], []]], (s) => s.countByValue())
  assert.deepEqual(sorted(counted), [
    [
      ['a', 2],
      ['b', 1],
    ],
    [],
  ])
  const lists: Operation = (s) =>
    ones(s).combineByKey(
      (n) => `${n}`,
      (text, n) => text + n,
      (a, b) => a + b,
      3,
      false,
    )
  assert.deepEqual(await outputs([[['a', 'a']]], lists), [[['a', '11']]])
})

test('outer joins give undefined for the side that has no value', async () => {
  const inputs = [[['a', 'b']], [['b', 'c']]]
  const joined = async (
    how: (left: DStream<[string, number]>, right: DStream<[string, number]>) => DStream<unknown>,
  ): Promise<unknown> => sorted(await outputs(inputs, (s, other) => how(ones(s), ones(other))))[0]
  const a = ['a', [1, undefined]]
  const b = ['b', [1, 1]]
  const c = ['c', [undefined, 1]]
  assert.deepEqual(await joined((l, r) => l.leftOuterJoin(r)), [a, b])
  assert.deepEqual(await joined((l, r) => l.rightOuterJoin(r)), [b, c])
  assert.deepEqual(await joined((l, r) => l.fullOuterJoin(r)), [a, b, c])
})

test('transformWith gets both datasets and the time, and needs both', async () => {
  const both: Operation = (s, other) =>
    numbers(s).transformWith(numbers(other), (a, b, time) => a.union(b).map((n) => n + time.milliseconds))
  assert.deepEqual(await outputs([[[1]], [[2]]], both), [[1001, 1002]])
  await assert.rejects(outputs([[[1]], [null]], both), /Couldn't generate RDD from parent at time 1000 ms/)
})
