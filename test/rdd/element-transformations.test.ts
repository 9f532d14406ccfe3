import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

const sc = new SparkContext()
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const numbers = (count: number, partitions: number) => sc.parallelize(range(count), partitions)
const ascending = (elements: readonly number[]) => [...elements].sort((a, b) => a - b)

test('a union of datasets that one partitioner has placed keeps keys in place, and shuffles no more', async () => {
  const placed = (from: number) =>
    numbers(20, 3)
      .map((n) => [n + from, from])
      .partitionBy(4)
  const both = placed(0).union(placed(10))
  assert.equal(both.getNumPartitions(), 4)
  assert.ok(both.partitioner?.equals(new HashPartitioner(4)))
  const sums = both.reduceByKey((a, b) => a + b)
  assert.equal(sums.node.dependencies[0]?.kind, 'narrow')
  assert.equal(await sums.count(), 30)
  assert.equal(sc.union([placed(0), placed(0).partitionBy(5)]).getNumPartitions(), 9)
})

test('distinct keeps the number of partitions, and moves nothing that is placed already', async () => {
  assert.equal(numbers(5, 7).distinct().getNumPartitions(), 7)
  const placed = numbers(20, 3)
    .map((n) => [n % 4, n % 2])
    .partitionBy(3)
  const distinct = placed.distinct()
  assert.equal(distinct.node.dependencies[0]?.kind, 'narrow')
  assert.equal(await distinct.count(), 4)
})

test('sets compare by value, and keep to their rules on duplicates', async () => {
  const left = sc.parallelize([[1], [1], [2], [3]], 3)
  const right = sc.parallelize([[3], [2], [2]], 2)
  assert.deepEqual((await left.intersection(right, 1).collect()).sort(), [[2], [3]])
  assert.deepEqual(await left.subtract(right).collect(), [[1], [1]])
  assert.equal(left.intersection(right, new HashPartitioner(5)).getNumPartitions(), 5)
})

test('cartesian has a partition for each two, the left outermost', async () => {
  const product = sc.parallelize(['a', 'b'], 2).cartesian(numbers(3, 3))
  assert.equal(product.getNumPartitions(), 6)
  assert.deepEqual(
    await product.collect(),
    ['a', 'b'].flatMap((a) => [0, 1, 2].map((b) => [a, b])),
  )
  assert.equal(await numbers(5_000, 1).cartesian(numbers(5, 1)).count(), 25_000)
  assert.deepEqual(await numbers(5_000, 1).cartesian(numbers(5_000, 1)).take(1), [[0, 0]])
})

test('groupBy and keyBy take what the function returns for the key', async () => {
  const groups = await numbers(6, 2)
    .groupBy((n) => n % 2 === 0)
    .collectAsMap()
  assert.deepEqual(
    [groups.get(true), groups.get(false)],
    [
      [0, 2, 4],
      [1, 3, 5],
    ],
  )
})

test('collectPartial leaves out what the function gives nothing for, and keeps null', async () => {
  const some = numbers(4, 1).collectPartial((n) => (n === 0 ? undefined : n === 1 ? null : n))
  assert.deepEqual(await some.collect(), [null, 2, 3])
})

test('functions of single elements that return promises are refused', async () => {
  await assert.rejects(
    numbers(1, 1)
      .keyBy(async (n) => n)
      .collect(),
    { code: 'async-function' },
  )
  await assert.rejects(
    numbers(1, 1)
      .collectPartial(async (n) => n)
      .collect(),
    { code: 'async-function' },
  )
})

test('a sample without replacement keeps each element at most once, in order, at about the rate', async () => {
  const sample = await numbers(10_000, 4).sample(false, 0.3, 11).collect()
  assert.deepEqual(sample, ascending([...new Set(sample)]))
  assert.ok(Math.abs(sample.length - 3_000) < 300, String(sample.length))
  assert.deepEqual(await numbers(50, 3).sample(false, 1, 1).collect(), range(50))
  assert.deepEqual(await numbers(50, 3).sample(false, 0, 1).collect(), [])
})

test('a sample with replacement repeats elements as a Poisson distribution has it', async () => {
  for (const fraction of [0.5, 3, 1_200]) {
    const size = await numbers(100, 4).sample(true, fraction, 5).count()
    const [mean, deviation] = [100 * fraction, Math.sqrt(100 * fraction)]
    assert.ok(Math.abs(size - mean) < 5 * deviation, `${size} of ${mean}`)
  }
})

test('the same seed gives the same sample; without a seed, a context gives every sample another one', async () => {
  const sample = (seed: number) => numbers(200, 3).sample(false, 0.5, seed).collect()
  assert.deepEqual(await sample(1), await sample(1))
  assert.notDeepEqual(await sample(1), await sample(2))
  const drawn = async () => {
    const rdd = new SparkContext({ seed: 9 }).parallelize(range(200), 3)
    return [await rdd.sample(false, 0.5).collect(), await rdd.sample(false, 0.5).collect()]
  }
  const [first, second] = await drawn()
  assert.notDeepEqual(first, second)
  assert.deepEqual(await drawn(), [first, second])
})

test('fractions and weights that make no sense are refused in Spark’s words', () => {
  assert.throws(() => numbers(1, 1).sample(false, -0.1), { code: 'bad-fraction', message: /^Fraction must be nonneg/ })
  assert.throws(() => numbers(1, 1).sample(false, 1.5), { code: 'bad-fraction', message: /^Sampling fraction \(1.5\)/ })
  assert.throws(() => numbers(1, 1).sample(true, Number.NaN), { code: 'bad-fraction' })
  assert.throws(() => numbers(1, 1).randomSplit([1, -1]), { code: 'bad-weights', message: /^Weights must be nonneg/ })
  assert.throws(() => numbers(1, 1).randomSplit([0]), { code: 'bad-weights', message: /^Sum of weights must be pos/ })
})

test('randomSplit puts each element into exactly one part, in proportion to the weights', async () => {
  const parts = await Promise.all(
    numbers(6_000, 3)
      .randomSplit([1, 2, 0, 3], 4)
      .map((part) => part.collect()),
  )
  assert.deepEqual(ascending(parts.flat()), range(6_000))
  for (const [at, expected] of [1_000, 2_000, 0, 3_000].entries()) {
    assert.ok(Math.abs((parts[at]?.length ?? -1) - expected) <= expected / 5, `part ${at}: ${parts[at]?.length}`)
  }
})

test('zip pairs across chunks of different sizes, and stops early when nobody wants more', async () => {
  const halves = numbers(20_000, 2).flatMap((n) => [n, n])
  const zipped = halves.zip(numbers(40_000, 2))
  assert.deepEqual(await zipped.filter(([half, n]) => half !== Math.floor(n / 2)).count(), 0)
  assert.equal(await zipped.count(), 40_000)
  assert.deepEqual(await zipped.take(2), [
    [0, 0],
    [0, 1],
  ])
})

test('zipPartitions gives the same partition of up to four datasets, empty ones too', async () => {
  const a = numbers(4, 2)
  const b = sc.parallelize(['x'], 2)
  assert.deepEqual(await a.zipPartitions(b, (as, bs) => [[as.length, bs.length]]).collect(), [
    [2, 0],
    [2, 1],
  ])
  const four = a.zipPartitions([b, a, b], async (as, bs, cs, ds) => [as.length + bs.length + cs.length + ds.length])
  assert.deepEqual(await four.collect(), [4, 6])
  assert.throws(() => a.zipPartitions(numbers(1, 3), () => []), { code: 'unequal-partitions' })
  const placed = a.map((n) => [n, n]).partitionBy(2)
  assert.equal(placed.zipPartitions(b, (as) => as).partitioner, undefined)
  assert.equal(placed.zipPartitions(b, (as) => as, true).partitioner, placed.partitioner)
})

test('zipWithIndex counts through partitions of any size; zipWithUniqueId counts nothing', async () => {
  const uneven = sc.parallelize([3, 0, 2], 3).flatMap((n) => range(n).map(() => 'x'))
  assert.deepEqual(await uneven.zipWithIndex().values().collect(), range(5))
  assert.deepEqual(await uneven.zipWithUniqueId().values().collect(), [0, 3, 6, 2, 5])
  assert.equal(await sc.emptyRDD().zipWithIndex().count(), 0)
})

test('mapPartitions keeps the partitioner when it is told to, by option or by Spark’s boolean', () => {
  const placed = numbers(4, 2)
    .map((n) => [n, n])
    .partitionBy(3)
  assert.equal(placed.mapPartitions((records) => records).partitioner, undefined)
  assert.equal(placed.mapPartitions((records) => records, true).partitioner, placed.partitioner)
  const kept = placed.mapPartitionsWithIndex((_, records) => records, { preservesPartitioning: true })
  assert.equal(kept.partitioner, placed.partitioner)
})

test('sortBy takes an order of its own for what has none', async () => {
  const rows = sc.parallelize([{ n: 2 }, { n: 3 }, { n: 1 }], 2)
  const sorted = rows.sortBy((row) => row, true, 2, { compare: (a, b) => b.n - a.n })
  assert.deepEqual(await sorted.map((row) => row.n).collect(), [3, 2, 1])
})

test('coalesce and repartition refuse what is no number of partitions', () => {
  for (const count of [0, -1, 1.5]) {
    assert.throws(() => numbers(2, 2).coalesce(count), { code: 'bad-partition-count', message: /must be positive/ })
  }
})
