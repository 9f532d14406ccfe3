import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addKey, estimate, mergeSketches, newSketch } from '../../src/rdd/hyper-log-log.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { StatCounter } from '../../src/rdd/stat-counter.ts'

const sc = new SparkContext()
const none = sc.parallelize<number>([], 2)

test('sum of nothing is 0; mean, variance and deviation of nothing are NaN', async () => {
  assert.equal(await none.sum(), 0)
  assert.deepEqual(
    await Promise.all([none.mean(), none.variance(), none.stdev(), none.sampleVariance(), none.sampleStdev()]),
    [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  )
  assert.equal(await sc.parallelize([3]).sampleVariance(), Number.NaN)
})

test('variance and stdev are of the population, the sample ones divide by one less', async () => {
  const rdd = sc.parallelize([2, 4, 4, 4, 5, 5, 7, 9], 3)
  assert.equal(await rdd.sum(), 40)
  assert.equal(await rdd.mean(), 5)
  assert.equal(await rdd.variance(), 4)
  assert.equal(await rdd.popVariance(), 4)
  assert.equal(await rdd.stdev(), 2)
  assert.equal(await rdd.popStdev(), 2)
  assert.equal(await rdd.sampleVariance(), 32 / 7)
  assert.equal(await rdd.sampleStdev(), Math.sqrt(32 / 7))
  const { count, min, max } = await rdd.stats()
  assert.deepEqual({ count, min, max }, { count: 8, min: 2, max: 9 })
})

test('counters merged in any cut give what one counter gives, also when one has seen far more than the other', () => {
  const numbersOf = (minLength: number, maxLength: number) =>
    fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength, maxLength })
  const any = fc.tuple(numbersOf(1, 60), numbersOf(0, 60))
  const uneven = fc.tuple(numbersOf(1, 3), numbersOf(40, 60))
  const turned = uneven.map(([few, many]) => [many, few] as const)
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a))
  fc.assert(
    fc.property(fc.oneof(any, uneven, turned), ([first, second]) => {
      const numbers = [...first, ...second]
      const whole = new StatCounter(numbers)
      const parts = new StatCounter(first).merge(new StatCounter(second))
      assert.equal(parts.count, numbers.length)
      assert.ok(close(parts.mean, whole.mean) && close(parts.variance, whole.variance))
      assert.deepEqual([parts.min, parts.max], [Math.min(...numbers), Math.max(...numbers)])
    }),
  )
})

test('a counter merged with itself has everything twice', () => {
  const stats = new StatCounter([1, 2, 3])
  stats.merge(stats)
  assert.equal(stats.count, 6)
  assert.equal(stats.sum, 12)
})

test('a histogram of given bounds closes the last bucket on the right, and leaves out what lies outside', async () => {
  const rdd = sc.parallelize([-0.01, 0, 4.9, 5, 9.99, 10, 10.01, Number.NaN], 3)
  assert.deepEqual(await rdd.histogram([0, 5, 10]), [2, 3])
  assert.deepEqual(await rdd.histogram([0, 5, 10], true), [2, 3])
  assert.deepEqual(await rdd.histogram([0, 1, 9, 10]), [1, 2, 2])
  assert.deepEqual(await none.histogram([0, 5, 10]), [0, 0])
})

test('a histogram of so many buckets lies between the least and the greatest element', async () => {
  assert.deepEqual(await sc.range(0, 100).histogram(4), [
    [0, 24.75, 49.5, 74.25, 99],
    [25, 25, 25, 25],
  ])
  assert.deepEqual(await sc.parallelize([7, 7, 7]).histogram(3), [[7, 7], [3]])
})

test('a histogram refuses bounds that are none', async () => {
  const rdd = sc.parallelize([1, 2])
  await assert.rejects(rdd.histogram([1]), {
    code: 'bad-histogram',
    message: 'buckets array must have at least two elements',
  })
  await assert.rejects(rdd.histogram([1], true), { code: 'bad-histogram' })
  await assert.rejects(rdd.histogram([3, 2]), { message: /buckets must be sorted/ })
  await assert.rejects(rdd.histogram(0), { code: 'bad-histogram' })
  const message = /Histogram on either an empty RDD or RDD containing \+\/-infinity or NaN/
  await assert.rejects(none.histogram(2), { message })
  await assert.rejects(sc.parallelize([1, Number.NaN]).histogram(2), { message })
  await assert.rejects(sc.parallelize([1, Number.POSITIVE_INFINITY]).histogram(2), { message })
})

test('countApproxDistinct is off by no more than a few times its deviation, from none to many', async () => {
  assert.equal(await sc.emptyRDD<number>().countApproxDistinct(), 0)
  for (const [distinct, relativeSD] of [
    [1, 0.05],
    [10, 0.05],
    [1000, 0.05],
    [50_000, 0.02],
  ] as const) {
    const rdd = sc.range(0, 2 * distinct, 1, 4).map((n) => `key ${n % distinct}`)
    const counted = await rdd.countApproxDistinct(relativeSD)
    assert.ok(Math.abs(counted - distinct) <= Math.max(0.5, 4 * relativeSD * distinct), `${counted} of ${distinct}`)
  }
})

test('sketches merged are the sketch of both', () => {
  const of = (from: number, to: number) => {
    const sketch = newSketch(0.05)
    for (let n = from; n < to; n++) addKey(sketch, n)
    return sketch
  }
  assert.deepEqual(mergeSketches(of(0, 600), of(400, 1000)), of(0, 1000))
})

test('the estimate is unbiased: its errors cancel out over many sketches', () => {
  let errors = 0
  for (let round = 0; round < 40; round++) {
    const sketch = newSketch(0.1)
    for (let n = 0; n < 500; n++) addKey(sketch, `${round}/${n}`)
    errors += (estimate(sketch) - 500) / 500
  }
  // The mean of 40 has a deviation of 0.1 / sqrt(40), about 0.016.
  assert.ok(Math.abs(errors / 40) < 0.05, `mean error ${errors / 40}`)
})

test('an accuracy that no sketch reaches is refused', async () => {
  await assert.rejects(sc.parallelize([1]).countApproxDistinct(0.00001), {
    code: 'bad-accuracy',
    message: /accuracy \(relativeSD\) must be greater than 0.000017/,
  })
  assert.throws(() => sc.parallelize([[1, 1]]).countApproxDistinctByKey(0), { code: 'bad-accuracy' })
})

test('countApproxDistinctByKey counts the values of each key', async () => {
  const pairs = sc.range(0, 1000, 1, 3).map((n) => [n % 2 === 0 ? 'even' : 'one', n % 2 === 0 ? n : 1])
  const counts = await pairs.countApproxDistinctByKey(0.01).collectAsMap()
  assert.equal(counts.get('one'), 1)
  assert.ok(Math.abs((counts.get('even') ?? 0) - 500) < 25, `${counts.get('even')}`)
})
