import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import { sourceRDD } from '../../src/rdd/source-rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

/*
 * Actions, and what Spark's own suites say of them: those tests are called as the case is, `suite: name`.
 */

const sc = new SparkContext()
const four = () => sc.parallelize([1, 2, 3, 4], 2)
const ten = (partitions = 2) => sc.range(1, 11, 1, partitions)
const sum = (a: number, b: number) => a + b

test('RDDSuite: collect', async () => assert.deepEqual(await four().collect(), [1, 2, 3, 4]))
test('RDDSuite: getNumPartitions', () => assert.equal(four().getNumPartitions(), 2))
test('RDDSuite: reduce', async () => assert.equal(await four().reduce(sum), 10))
test('RDDSuite: isEmpty', async () => assert.equal(await four().isEmpty(), false))
test('RDDSuite: max', async () => assert.equal(await four().max(), 4))
test('RDDSuite: reduce of empty', async () => {
  await assert.rejects(sc.parallelize<number>([], 2).reduce(sum), {
    code: 'empty-collection',
    message: /^empty collection/,
  })
})

test('RDDSuite: aggregate', async () => {
  const pairs = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 2],
      ['a', 2],
      ['c', 5],
      ['a', 3],
    ],
    2,
  )
  const put = (map: Map<string, number>, [key, value]: readonly [string, number]) =>
    map.set(key, (map.get(key) ?? 0) + value)
  const totals = await pairs.aggregate(new Map<string, number>(), put, (a, b) => [...b].reduce(put, a))
  assert.deepEqual([...totals].sort(), [
    ['a', 6],
    ['b', 2],
    ['c', 5],
  ])
})

test('RDDSuite: empty RDD', async () => {
  const none = sc.emptyRDD<number>()
  assert.equal(await none.count(), 0)
  assert.deepEqual(await none.collect(), [])
  await assert.rejects(
    none.reduce((a) => a),
    { message: /empty/ },
  )
})

test('RDDSuite: take', async () => {
  const thousand = Array.from({ length: 1000 }, (_, i) => i + 1)
  for (const partitions of [1, 2, 100, 1000]) {
    const rdd = sc.parallelize(thousand, partitions)
    for (const n of [0, 1, 3, 500, 501, 999, 1000]) assert.deepEqual(await rdd.take(n), thousand.slice(0, n))
  }
})

test('RDDSuite: top custom ordering', async () => {
  const reversed = (a: string, b: string) => (a < b ? 1 : -1)
  assert.deepEqual(await sc.parallelize(['a', 'b', 'c', 'd'], 2).top(2, reversed), ['a', 'b'])
})
test('RDDSuite: takeOrdered', async () => assert.deepEqual(await ten().takeOrdered(5), [1, 2, 3, 4, 5]))
test('RDDSuite: takeOrdered limit 0', async () => assert.deepEqual(await ten().takeOrdered(0), []))
test('RDDSuite: takeOrdered custom ordering', async () => {
  assert.deepEqual(await ten().takeOrdered(5, (a, b) => b - a), [10, 9, 8, 7, 6])
})

test('takeOrdered finds the smallest wherever they lie among many', async () => {
  for (const at of [(n: number) => n, (n: number) => -n, (n: number) => (n * 7919) % 10_007]) {
    const places = sc.range(0, 10_000, 1, 2).map(at)
    const sorted = (await places.collect()).sort((a, b) => a - b)
    assert.deepEqual(await places.takeOrdered(3), sorted.slice(0, 3))
  }
})

test('PairRDDFunctionsSuite: lookup', async () => {
  const pairs = sc.parallelize<[number, number]>(
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [5, 7],
    ],
    2,
  )
  for (const rdd of [pairs, pairs.partitionBy(new HashPartitioner(3))]) {
    assert.deepEqual(await Promise.all([1, 5, -1].map((key) => rdd.lookup(key))), [[2], [6, 7], []])
  }
})

test('lookup reads the one partition where a partitioner has put the key', async () => {
  const read = new Set<number>()
  const placed = sc
    .parallelize<[number, number]>([
      [1, 2],
      [5, 6],
      [9, 1],
    ])
    .partitionBy(4)
    .mapPartitions(
      (records, partition) => {
        read.add(partition)
        return records
      },
      { preservesPartitioning: true },
    )
  assert.deepEqual(await placed.lookup(5), [6])
  assert.deepEqual([...read], [new HashPartitioner(4).partition(5)])
})

test('fold takes its zero once for each partition and once at the end; without partitions it is the zero', async () => {
  assert.equal(await four().fold(10, sum), 10 + 3 * 10)
  assert.equal(await sc.emptyRDD<number>().fold(10, sum), 10)
  assert.equal(await sc.parallelize([1], 3).fold(10, sum), 1 + 4 * 10)
})

test('a zero may be changed in place: nobody else has it', async () => {
  const zero: number[] = []
  const push = (all: number[], n: number) => {
    all.push(n)
    return all
  }
  const join = (a: number[], b: number[]) => b.reduce(push, a)
  assert.deepEqual(await ten(3).aggregate(zero, push, join), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(await ten(3).treeAggregate(zero, push, join), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(zero, [])
})

test('treeReduce and treeAggregate give what reduce and aggregate give, at any depth from 1 on', async () => {
  for (const depth of [1, 2, 10]) {
    assert.equal(await ten(7).treeReduce(sum, depth), 55)
    assert.equal(await ten(7).treeAggregate(0, sum, sum, depth), 55)
  }
  const message = 'Depth must be greater than or equal to 1 but got 0'
  await assert.rejects(ten().treeReduce(sum, 0), { code: 'bad-depth', message })
  await assert.rejects(ten().treeAggregate(0, sum, sum, 0), { code: 'bad-depth', message })
})

test('what asks an empty dataset for an element is refused', async () => {
  const none = sc.parallelize<number>([], 3)
  for (const action of [none.first(), none.max(), none.min(), none.treeReduce(sum)]) {
    await assert.rejects(action, { code: 'empty-collection' })
  }
  assert.equal(await none.isEmpty(), true)
  assert.equal(await sc.emptyRDD().isEmpty(), true)
})

test('max and min go by the given order', async () => {
  const byLength = (a: string, b: string) => a.length - b.length
  const words = sc.parallelize(['boat', 'your', 'row', 'stream'], 3)
  assert.equal(await words.max(byLength), 'stream')
  assert.equal(await words.min(byLength), 'row')
  assert.equal(await words.max(), 'your')
})

test('a function of an action that fails says where', async () => {
  const fail = (): number => {
    throw new Error('no sum')
  }
  await assert.rejects(ten().fold(0, fail), /fold at actions\.test\.ts:\d+ failed in partition 0 at .*: no sum/)
  await assert.rejects(
    four()
      .map((n) => [n % 2, n])
      .reduceByKeyLocally(fail),
    /reduceByKeyLocally .* no sum/,
  )
  await assert.rejects(ten().aggregate(0, (async (n: number) => n) as unknown as typeof sum, sum), {
    code: 'async-function',
  })
})

test('countByValue compares by value; countByKey counts keys', async () => {
  const counts = await sc.parallelize([{ a: 1 }, { a: 2 }, { a: 1 }], 2).countByValue()
  assert.deepEqual(
    [...counts],
    [
      [{ a: 1 }, 2],
      [{ a: 2 }, 1],
    ],
  )
  const pairs = sc.parallelize<[string, number]>([
    ['a', 1],
    ['b', 1],
    ['a', 9],
  ])
  assert.deepEqual(
    await pairs.countByKey(),
    new Map([
      ['a', 2],
      ['b', 1],
    ]),
  )
})

test('collectAsMap keeps the last value of a key, reduceByKeyLocally merges them all', async () => {
  const pairs = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
    3,
  )
  assert.deepEqual(
    await pairs.collectAsMap(),
    new Map([
      ['a', 3],
      ['b', 2],
    ]),
  )
  assert.deepEqual(
    await pairs.reduceByKeyLocally(sum),
    new Map([
      ['a', 4],
      ['b', 2],
    ]),
  )
})

test('countApprox and countByValueApprox are exact, and say so', async () => {
  assert.deepEqual(await ten().countApprox(1), { mean: 10, confidence: 1, low: 10, high: 10 })
  const counts = await sc.parallelize(['a', 'b', 'a']).countByValueApprox(1)
  assert.deepEqual(counts.get('a'), { mean: 2, confidence: 1, low: 2, high: 2 })
})

test('toLocalIterator computes a partition when the one before has been read', async () => {
  const opened: number[] = []
  const rdd = sourceRDD<number>(sc, {
    partitions: 3,
    async *read(partition) {
      opened.push(partition)
      yield [partition * 10, partition * 10 + 1]
    },
    describe: String,
  })
  const iterator = rdd.toLocalIterator()
  assert.equal((await iterator.next()).value, 0)
  assert.deepEqual(opened, [0])
  const rest: number[] = []
  for await (const n of iterator) rest.push(n)
  assert.deepEqual(rest, [1, 10, 11, 20, 21])
})

test('foreachPartition is called for empty partitions, too', async () => {
  const seen: number[] = []
  await sc.parallelize(['row'], 3).foreachPartition((_, partition) => seen.push(partition))
  assert.deepEqual(seen.sort(), [0, 1, 2])
})

test('takeSample gives exactly as many elements, each once unless they are replaced', async () => {
  const rdd = sc.range(0, 1000, 1, 7)
  for (const seed of [1, 2, 3]) {
    const once = await rdd.takeSample(false, 50, seed)
    assert.equal(new Set(once).size, 50)
    assert.deepEqual(await rdd.takeSample(false, 50, seed), once)
    assert.equal((await rdd.takeSample(true, 3000, seed)).length, 3000)
  }
  assert.deepEqual(
    (await ten().takeSample(false, 99, 1)).sort((a, b) => a - b),
    await ten().collect(),
  )
  assert.deepEqual(await sc.emptyRDD<number>().takeSample(true, 5), [])
  await assert.rejects(rdd.takeSample(false, -1), { code: 'bad-sample-size', message: /Negative number of elements/ })
})

test('takeSample prefers no element, wherever it lies', async () => {
  const hits = new Array<number>(20).fill(0)
  const rdd = sc.range(0, 20, 1, 3)
  for (let seed = 0; seed < 400; seed++) {
    for (const withReplacement of [false, true]) {
      for (const n of await rdd.takeSample(withReplacement, 5, seed)) hits[n] = (hits[n] ?? 0) + 1
    }
  }
  // 800 draws of 5 of 20: 200 expected for each, with a deviation of about 13.
  assert.ok(Math.min(...hits) > 140 && Math.max(...hits) < 260, `hits ${hits}`)
})

test('takeSample of a large partition prefers no place in it', async () => {
  const rdd = sc.range(0, 20_000, 1, 1)
  let sum = 0
  for (let seed = 0; seed < 4; seed++) for (const n of await rdd.takeSample(false, 5_000, seed)) sum += n
  // The mean of 20,000 draws: 10,000 expected, with a deviation of about 40.
  assert.ok(Math.abs(sum / 20_000 - 10_000) < 200, `mean ${sum / 20_000}`)
})

test('range counts in steps, down too, and refuses a step of 0', async () => {
  assert.deepEqual(await sc.range(0, 10, 3).collect(), [0, 3, 6, 9])
  assert.deepEqual(await sc.range(5, 0, -2, 2).glom().collect(), [[5], [3, 1]])
  assert.deepEqual(await sc.range(3, 3).collect(), [])
  assert.equal(await sc.range(0, 100_000, 1, 3).reduce(sum), 4999950000)
  assert.throws(() => sc.range(0, 1, 0), { code: 'bad-range', message: /step cannot be 0/ })
  assert.throws(() => sc.range(0, 1.5), { code: 'bad-range' })
})
