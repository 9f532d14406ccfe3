import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import { RangePartitioner } from '../../src/rdd/range-partitioner.ts'
import type { RDD } from '../../src/rdd/rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

const sc = new SparkContext()
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const keyed = (count: number, keys: number, partitions: number) =>
  sc.parallelize(range(count), partitions).map((n) => [n % keys, n])

test('foldByKey begins with the zero once for each key and partition', async () => {
  const ones = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['a', 1],
      ['b', 1],
      ['a', 1],
    ],
    2,
  )
  const folded = await ones.foldByKey(10, (a, b) => a + b).collectAsMap()
  assert.deepEqual([folded.get('a'), folded.get('b')], [23, 11])
})

test('no two keys share a zero that functions change, whether it is copied or made', async () => {
  const add = (list: number[], n: number) => {
    list.push(n)
    return list
  }
  const join = (a: number[], b: number[]) => a.concat(b)
  const zero: number[] = []
  const copied = await keyed(6, 2, 2).aggregateByKey(zero, add, join).collectAsMap()
  assert.deepEqual(
    [copied.get(0), copied.get(1)],
    [
      [0, 2, 4],
      [1, 3, 5],
    ],
  )
  assert.deepEqual(zero, [])
  const made = await keyed(6, 2, 2)
    .aggregateByKey((): number[] => [], add, join)
    .collectAsMap()
  assert.deepEqual(made, copied)
})

test('a zero of a class is refused unless a function makes it', async () => {
  class Sum {
    total = 0
    add(n: number) {
      this.total += n
      return this
    }
  }
  const add = (sum: Sum, n: number) => sum.add(n)
  const merge = (a: Sum, b: Sum) => a.add(b.total)
  await assert.rejects(keyed(2, 1, 1).aggregateByKey(new Sum(), add, merge).collect(), /give a function that makes it/)
  const sums = keyed(4, 1, 2)
    .aggregateByKey(() => new Sum(), add, merge)
    .mapValues((sum) => sum.total)
  assert.deepEqual(await sums.collect(), [[0, 6]])
})

test('combineByKey takes Spark’s form, too, with a partitioner and without combining before the shuffle', async () => {
  const combined = keyed(6, 2, 3).combineByKey(
    (n) => [n],
    (list, n) => [...list, n],
    (a, b) => [...a, ...b],
    new HashPartitioner(5),
    false,
  )
  assert.equal(combined.getNumPartitions(), 5)
  const map = await combined.collectAsMap()
  assert.deepEqual(
    [map.get(0), map.get(1)],
    [
      [0, 2, 4],
      [1, 3, 5],
    ],
  )
})

test('outer joins give undefined for the side that is missing, and never pair it with itself', async () => {
  const left = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 2],
    ],
    2,
  )
  const right = sc.parallelize<[string, string]>(
    [
      ['b', 'x'],
      ['b', 'y'],
      ['c', 'z'],
    ],
    3,
  )
  const full: RDD<[string, [number | undefined, string | undefined]]> = left.fullOuterJoin(right, 1)
  assert.deepEqual(await full.collect(), [
    ['a', [1, undefined]],
    ['b', [2, 'x']],
    ['b', [2, 'y']],
    ['c', [undefined, 'z']],
  ])
  const present: RDD<[string, [number, string | undefined]]> = left.leftOuterJoin(right)
  assert.equal(await present.count(), 3)
  const other: RDD<[string, [number | undefined, string]]> = left.rightOuterJoin(right)
  assert.equal(await other.count(), 3)
})

test('cogroup takes up to three others, and a partitioning last', async () => {
  const pairs = (key: string) => sc.parallelize<[string, string]>([[key, key]])
  const four = pairs('a').cogroup(pairs('b'), pairs('a'), pairs('c'), 3)
  assert.equal(four.getNumPartitions(), 3)
  const groups = await four.collectAsMap()
  assert.deepEqual(groups.get('a'), [['a'], [], ['a'], []])
  assert.deepEqual(groups.get('c'), [[], [], [], ['c']])
})

test('a join of sides that are placed alike shuffles nothing', async () => {
  const placed = () => keyed(20, 5, 2).partitionBy(3)
  const joined = placed().join(placed())
  const cogrouped = joined.node.dependencies[0]
  assert.equal(cogrouped?.kind, 'narrow')
  assert.deepEqual(
    cogrouped?.parent.dependencies.map(({ kind }) => kind),
    ['narrow', 'narrow'],
  )
  assert.equal(await joined.count(), 80)
})

test('subtractByKey stays where the left side is', async () => {
  const left = keyed(12, 6, 3).partitionBy(4)
  const rest = left.subtractByKey(
    sc.parallelize<[number, null]>([
      [0, null],
      [5, null],
    ]),
  )
  assert.ok(left.partitioner?.equals(rest.partitioner))
  assert.deepEqual(new Set(await rest.keys().collect()), new Set([1, 2, 3, 4]))
  assert.equal(await rest.count(), 8)
})

test('the default partitioner is the largest there is, unless it is far too small', () => {
  const placed = (partitions: number) => keyed(4, 2, 2).partitionBy(partitions)
  assert.equal(placed(3).join(placed(5)).getNumPartitions(), 5)
  assert.equal(
    placed(3)
      .join(keyed(4, 2, 29))
      .getNumPartitions(),
    3,
  )
  assert.equal(
    placed(3)
      .join(keyed(4, 2, 30))
      .getNumPartitions(),
    30,
  )
  const configured = new SparkContext({ defaultParallelism: 7 })
  const pair = () => configured.parallelize<[number, number]>([[1, 1]], 2)
  assert.equal(pair().join(pair()).getNumPartitions(), 7)
  assert.equal(pair().partitionBy(9).join(pair()).getNumPartitions(), 9)
})

test('a RangePartitioner keeps equal keys together and ranges in order, whichever way', async () => {
  for (const up of [true, false]) {
    const rdd = keyed(1_000, 100, 4)
    const parts = await rdd
      .partitionBy(new RangePartitioner(5, rdd, up))
      .keys()
      .glom()
      .collect()
    assert.equal(parts.length, 5)
    const sets = parts.map((part) => [...new Set(part)].sort((a, b) => (up ? a - b : b - a)))
    assert.deepEqual(sets.flat(), up ? range(100) : range(100).reverse())
    assert.ok(
      sets.every((set) => set.length >= 10 && set.length <= 30),
      String(sets.map((set) => set.length)),
    )
  }
})

test('a RangePartitioner that no shuffle has used yet knows no ranges', () => {
  const ranges = new RangePartitioner(2, keyed(4, 4, 1))
  assert.throws(() => ranges.partition(1), { code: 'ranges-unknown' })
  assert.equal(new RangePartitioner(1, keyed(4, 4, 1)).partition(3), 0)
})

test('a RangePartitioner partitions whatever takes a partitioner', async () => {
  const rdd = keyed(100, 10, 3)
  const ranges = () => new RangePartitioner(3, rdd)
  const sums = rdd.reduceByKey((a, b) => a + b, ranges())
  assert.deepEqual((await sums.keys().collect()).length, 10)
  const cogrouped = await rdd.cogroup(rdd, ranges()).count()
  assert.equal(cogrouped, 10)
})

test('repartitionAndSortWithinPartitions sorts each partition by key, stably', async () => {
  const sorted = await keyed(200, 20, 3).repartitionAndSortWithinPartitions(new HashPartitioner(4)).glom().collect()
  for (const [at, part] of sorted.entries()) {
    assert.ok(part.every(([key]) => new HashPartitioner(4).partition(key) === at))
    assert.deepEqual(
      part,
      [...part].sort(([a, m], [b, n]) => a - b || m - n),
    )
  }
  assert.equal(sorted.flat().length, 200)
})

test('filterByRange includes both ends, and after a sort computes only the partitions in the range', async () => {
  assert.deepEqual(new Set(await keyed(40, 20, 3).filterByRange(5, 7).keys().collect()), new Set([5, 6, 7]))
  for (const up of [true, false]) {
    const computed = new Set<number>()
    const sorted = keyed(400, 200, 3).sortByKey(up, 8)
    const watched = sorted.mapPartitionsWithIndex((partition, pairs) => {
      computed.add(partition)
      return pairs
    }, true)
    for (const [lower, upper, most] of [
      [20, 22, 2],
      [20, 90, 5],
    ] as const) {
      computed.clear()
      const keys = await watched.filterByRange(lower, upper).keys().distinct(1).collect()
      assert.deepEqual(
        keys.sort((a, b) => a - b),
        Array.from({ length: upper - lower + 1 }, (_, i) => lower + i),
      )
      assert.ok(computed.size >= 1 && computed.size <= most, [...computed].join())
    }
  }
})

test('sampleByKey samples each key at its own rate, and asks for a rate for every key', async () => {
  const sample = (withReplacement: boolean, rate: number) =>
    keyed(3_000, 3, 4)
      .sampleByKey(
        withReplacement,
        new Map([
          [0, 0],
          [1, rate],
          [2, 1],
        ]),
        3,
      )
      .countByKey()
  const once = await sample(false, 0.5)
  assert.deepEqual([once.get(0), once.get(2)], [undefined, 1_000])
  assert.ok(Math.abs((once.get(1) ?? 0) - 500) < 100, String(once.get(1)))
  const often = await sample(true, 4)
  assert.ok(Math.abs((often.get(1) ?? 0) - 4_000) < 400, String(often.get(1)))
  await assert.rejects(
    keyed(2, 2, 1)
      .sampleByKey(false, [[0, 1]])
      .collect(),
    { code: 'no-fraction' },
  )
  assert.throws(() => keyed(2, 2, 1).sampleByKey(false, [[0, -1]]), { code: 'bad-fraction' })
})

test('sampleByKeyExact gives exactly the share of each key, rounded up, the same for the same seed', async () => {
  const fractions = new Map([
    [0, 0.1],
    [1, 0.545],
    [2, 1],
  ])
  for (const withReplacement of [false, true]) {
    const sample = () => keyed(301, 3, 4).sampleByKeyExact(withReplacement, fractions, 6)
    const counts = await sample().countByKey()
    assert.deepEqual([counts.get(0), counts.get(1), counts.get(2)], [11, 55, 100])
    assert.deepEqual(await sample().collect(), await sample().collect())
    if (!withReplacement) assert.equal(await sample().distinct().count(), 166)
  }
})

test('what keeps keys in place keeps the partitioner, and the rest loses it', () => {
  const placed = keyed(4, 2, 2).partitionBy(3)
  const keeping: RDD<unknown>[] = [
    placed.filter(() => true),
    placed.mapValues((n) => n),
    placed.flatMapValues((n) => [n]),
    placed.sample(false, 0.5),
    placed.sampleByKey(false, []),
    ...placed.randomSplit([1, 1]),
  ]
  for (const rdd of keeping) assert.equal(rdd.partitioner, placed.partitioner)
  const losing: RDD<unknown>[] = [
    placed.map((pair) => pair),
    placed.flatMap((pair) => [pair]),
    placed.keyBy((pair) => pair[0]),
    placed.zipWithIndex(),
    placed.zip(placed),
    placed.glom(),
  ]
  for (const rdd of losing) assert.equal(rdd.partitioner, undefined)
})
