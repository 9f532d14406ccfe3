import { aggregate } from '../actions/aggregate.ts'
import { countEven, countWithin, evenBuckets } from '../actions/histogram.ts'
import { type BoundedDouble, certain } from '../bounded-double.ts'
import { type CallSite, callSite } from '../call-site.ts'
import type { RDD } from '../rdd.ts'
import { StatCounter } from '../stat-counter.ts'
import { ElementActions } from './element-actions.ts'

/** Actions on numbers; the compiler offers them on datasets of numbers alone. */
export abstract class NumberActions<T> extends ElementActions<T> {
  /** The sum; 0 when there is no element. */
  sum(this: RDD<number>): Promise<number> {
    return this.fold(0, (a, b) => a + b)
  }
  /** The exact sum, however long it takes (`timeoutMs` only says what Spark would wait). */
  async sumApprox(this: RDD<number>, _timeoutMs: number, _confidence = 0.95): Promise<BoundedDouble> {
    return certain(await this.sum())
  }
  /** The exact mean, however long it takes; NaN when there is no element. */
  async meanApprox(this: RDD<number>, _timeoutMs: number, _confidence = 0.95): Promise<BoundedDouble> {
    return certain(await this.mean())
  }
  /** Count, mean, variance, least and greatest element, in one pass. */
  stats(this: RDD<number>): Promise<StatCounter> {
    return statsOf(this, callSite('stats', this.stats))
  }
  /** The mean; NaN when there is no element. */
  async mean(this: RDD<number>): Promise<number> {
    return (await statsOf(this, callSite('mean', this.mean))).mean
  }
  /** The variance of the whole population; NaN when there is no element. */
  async variance(this: RDD<number>): Promise<number> {
    return (await statsOf(this, callSite('variance', this.variance))).variance
  }
  /** The same as `variance`. */
  popVariance(this: RDD<number>): Promise<number> {
    return this.variance()
  }
  /** The standard deviation of the whole population; NaN when there is no element. */
  async stdev(this: RDD<number>): Promise<number> {
    return (await statsOf(this, callSite('stdev', this.stdev))).stdev
  }
  /** The same as `stdev`. */
  popStdev(this: RDD<number>): Promise<number> {
    return this.stdev()
  }
  /** The variance of a sample, divided by the count less one; NaN for fewer than two elements. */
  async sampleVariance(this: RDD<number>): Promise<number> {
    return (await statsOf(this, callSite('sampleVariance', this.sampleVariance))).sampleVariance
  }
  /** The standard deviation of a sample; NaN for fewer than two elements. */
  async sampleStdev(this: RDD<number>): Promise<number> {
    return (await statsOf(this, callSite('sampleStdev', this.sampleStdev))).sampleStdev
  }
  /**
   * How many elements lie between bounds: those given, ascending, or those of so many buckets of equal width between the
   * least and the greatest element, which come with the counts. Buckets are closed on the left, the last one on both
   * sides; what lies outside is not counted.
   *
   * @example
   * ```ts
   * const lengths = new SparkContext().parallelize([1, 2, 3, 6, 10])
   * await lengths.histogram([0, 5, 10]) // [3, 2]
   * await lengths.histogram(3) // [[1, 4, 7, 10], [3, 1, 1]]
   * await lengths.histogram([5]).catch((error) => error.code) // 'bad-histogram'
   * ```
   */
  histogram(this: RDD<number>, buckets: readonly number[], evenBuckets?: boolean): Promise<number[]>
  histogram(this: RDD<number>, bucketCount: number): Promise<[buckets: number[], counts: number[]]>
  async histogram(
    this: RDD<number>,
    buckets: readonly number[] | number,
    areEven = false,
  ): Promise<number[] | [number[], number[]]> {
    const { run } = this.sparkContext
    if (typeof buckets !== 'number') return (areEven ? countEven : countWithin)(this.node, buckets, run)
    const bounds = evenBuckets(await this.stats(), buckets)
    return [bounds, await countEven(this.node, bounds, run)]
  }
}

function statsOf({ node, sparkContext }: RDD<number>, site: CallSite): Promise<StatCounter> {
  return aggregate(node, {
    zero: () => new StatCounter(),
    add: (stats: StatCounter, value) => stats.merge(value),
    merge: (a, b) => a.merge(b),
    run: sparkContext.run,
    site,
  })
}
