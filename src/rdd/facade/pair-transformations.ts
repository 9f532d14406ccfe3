import { callSite } from '../call-site.ts'
import type { InTuples, Tuple, Value } from '../element.ts'
import { type Aggregator, combineByKeyNode } from '../nodes/combine-by-key.ts'
import { filterByRangeNode } from '../nodes/filter-by-range.ts'
import { groupByKeyNode } from '../nodes/group-by-key.ts'
import { mapNode } from '../nodes/map.ts'
import { flatMapValuesNode, mapValuesNode } from '../nodes/map-values.ts'
import { partitionByNode } from '../nodes/partition-by.ts'
import { repartitionAndSortNode } from '../nodes/repartition-and-sort.ts'
import { sampleByKeyNode } from '../nodes/sample-by-key.ts'
import { sampleByKeyExactNode } from '../nodes/sample-by-key-exact.ts'
import { naturalOrder } from '../ordering.ts'
import type { Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import { type Zero, zeroMaker } from '../zero.ts'
import type { SortOrder } from './element-transformations.ts'
import { JoinTransformations } from './join-transformations.ts'

/** Transformations of pairs; the compiler offers them on datasets of pairs alone. */
export abstract class PairTransformations<T> extends JoinTransformations<T> {
  /** The first of each pair. */
  keys<K, V>(this: RDD<[K, V]>): RDD<K> {
    return this.derive(mapNode(this.node, (pair) => pair[0], callSite('keys', this.keys)))
  }
  /** The second of each pair. */
  values<K, V>(this: RDD<[K, V]>): RDD<V> {
    return this.derive(mapNode(this.node, (pair) => pair[1], callSite('values', this.values)))
  }
  /** The same keys, each value replaced by what `f` returns for it; they stay where they are. */
  mapValues<K, V, U extends Value>(this: RDD<[K, V]>, f: (value: V) => U): RDD<[K, U]> {
    return this.derive(mapValuesNode(this.node, f, callSite('mapValues', this.mapValues)))
  }
  /** The same keys, once for each item that `f` returns for the value. */
  flatMapValues<K, V, U extends Value>(this: RDD<[K, V]>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
    return this.derive(flatMapValuesNode(this.node, f, callSite('flatMapValues', this.flatMapValues)))
  }
  /** One value per key; `f` is associative, and not called for keys with a single value. */
  reduceByKey<K, V extends Value>(this: RDD<[K, V]>, f: (a: V, b: V) => V, partitioning?: Partitioning): RDD<[K, V]> {
    const aggregator = { createCombiner: (value: V) => value, mergeValue: f, mergeCombiners: f }
    const site = callSite('reduceByKey', this.reduceByKey)
    return this.derive(
      combineByKeyNode(this.node, { aggregator, partitioner: this.partitionerFor(partitioning), site }),
    )
  }
  /**
   * One value per key, beginning with `zero` for each key and partition: a value, copied each time, or a function that
   * makes one. `f` is associative.
   */
  foldByKey<K, V extends Value>(
    this: RDD<[K, V]>,
    zero: Zero<V>,
    f: (a: V, b: V) => V,
    partitioning?: Partitioning,
  ): RDD<[K, V]> {
    const site = callSite('foldByKey', this.foldByKey)
    const aggregator = aggregatorFrom(zero, f, f)
    return this.derive(
      combineByKeyNode(this.node, { aggregator, partitioner: this.partitionerFor(partitioning), site }),
    )
  }
  /**
   * One value per key, of another type than the values: `add` puts a value into what `zero` began for each key and
   * partition (a value, copied each time, or a function that makes one), `merge` joins two of these. Both may change
   * their first argument and return it.
   */
  aggregateByKey<K, V, U extends Tuple>(
    this: RDD<[K, V]>,
    zero: Zero<U>,
    add: (aggregated: U, value: V) => U,
    merge: (a: U, b: U) => U,
    partitioning?: Partitioning,
  ): RDD<[K, U]>
  aggregateByKey<K, V, U>(
    this: RDD<[K, V]>,
    zero: Zero<U>,
    add: (aggregated: U, value: V) => U,
    merge: (a: U, b: U) => U,
    partitioning?: Partitioning,
  ): RDD<[K, U]>
  aggregateByKey<K, V, U>(
    this: RDD<[K, V]>,
    zero: Zero<U>,
    add: (aggregated: U, value: V) => U,
    merge: (a: U, b: U) => U,
    partitioning?: Partitioning,
  ): RDD<[K, U]> {
    const site = callSite('aggregateByKey', this.aggregateByKey)
    const aggregator = aggregatorFrom(zero, add, merge)
    return this.derive(
      combineByKeyNode(this.node, { aggregator, partitioner: this.partitionerFor(partitioning), site }),
    )
  }
  /** All values of each key, in order, in one array that must fit in memory. */
  groupByKey<K, V>(this: RDD<[K, V]>, partitioning?: Partitioning): RDD<[K, V[]]> {
    const site = callSite('groupByKey', this.groupByKey)
    return this.derive(groupByKeyNode(this.node, this.partitionerFor(partitioning), site))
  }
  /**
   * One combined value per key, of another type than the values; combined before the shuffle, too, unless that is off.
   *
   * @example
   * ```ts
   * const words = new SparkContext().parallelize(['row', 'boat', 'row'])
   * const ones = words.map((word) => [word, 1])
   * const sum = (a: number, b: number) => a + b
   * const counts = ones.combineByKey({ createCombiner: (one: number) => one, mergeValue: sum, mergeCombiners: sum })
   * counts // [['row', 2], ['boat', 1]]
   * ```
   */
  combineByKey<K, V, C>(this: RDD<[K, V]>, aggregator: Aggregator<V, C>, options?: CombineByKeyOptions): RDD<[K, C]>
  combineByKey<K, V, C>(
    this: RDD<[K, V]>,
    createCombiner: (value: V) => C,
    mergeValue: (combined: C, value: V) => InTuples<C>,
    mergeCombiners: (a: C, b: C) => InTuples<C>,
    partitioning?: Partitioning,
    mapSideCombine?: boolean,
  ): RDD<[K, C]>
  combineByKey<K, V, C>(this: RDD<[K, V]>, ...args: unknown[]): RDD<[K, C]> {
    const {
      aggregator,
      partitioning,
      mapSideCombine = true,
    } = combineByKeyArguments(args as CombineByKeyArguments<V, C>)
    const site = callSite('combineByKey', this.combineByKey)
    const partitioner = this.partitionerFor(partitioning)
    return this.derive(combineByKeyNode(this.node, { aggregator, partitioner, site, mapSideCombine }))
  }
  /** The same pairs, placed by their keys. */
  partitionBy<K, V>(this: RDD<[K, V]>, partitioning: Partitioning): RDD<[K, V]> {
    const site = callSite('partitionBy', this.partitionBy)
    return this.derive(partitionByNode(this.node, this.partitionerFor(partitioning), site))
  }
  /** In the order of the keys, by the natural order unless `compare` is given; equal ones keep their order. */
  sortByKey<K, V>(
    this: RDD<[K, V]>,
    ascending = true,
    numPartitions: number = this.node.partitions,
    { compare }: SortOrder<K> = {},
  ): RDD<[K, V]> {
    const site = callSite('sortByKey', this.sortByKey)
    return this.sorted((pair) => pair[0], { ascending, numPartitions, compare, site, byPairKey: true })
  }
  /** The same pairs, placed by their keys, each partition in the order of its keys; equal ones keep their order. */
  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<[K, V]>,
    partitioning: Partitioning,
    { compare = naturalOrder }: SortOrder<K> = {},
  ): RDD<[K, V]> {
    const site = callSite('repartitionAndSortWithinPartitions', this.repartitionAndSortWithinPartitions)
    return this.derive(repartitionAndSortNode(this.node, this.partitionerFor(partitioning), { compare, site }))
  }
  /** The pairs whose keys are from `lower` to `upper`, both included; after `sortByKey`, only partitions in the range are computed. */
  filterByRange<K, V>(
    this: RDD<[K, V]>,
    lower: K,
    upper: K,
    { compare = naturalOrder }: SortOrder<K> = {},
  ): RDD<[K, V]> {
    const site = callSite('filterByRange', this.filterByRange)
    return this.derive(filterByRangeNode(this.node, { lower, upper, compare }, site))
  }
  /**
   * Each pair with its key's own chance (0 to 1), or with replacement as often as chance has it. `fractions` is a `Map`,
   * or pairs, with an entry for every key; one that is missing fails with code `no-fraction`.
   */
  sampleByKey<K, V>(
    this: RDD<[K, V]>,
    withReplacement: boolean,
    fractions: Iterable<readonly [K, number]>,
    seed: number = this.sparkContext.nextSeed(),
  ): RDD<[K, V]> {
    const site = callSite('sampleByKey', this.sampleByKey)
    return this.derive(sampleByKeyNode(this.node, { withReplacement, fractions, seed, site }))
  }
  /** The same with exactly the share of each key that was asked for, rounded up; the keys are counted first. */
  sampleByKeyExact<K, V>(
    this: RDD<[K, V]>,
    withReplacement: boolean,
    fractions: Iterable<readonly [K, number]>,
    seed: number = this.sparkContext.nextSeed(),
  ): RDD<[K, V]> {
    const site = callSite('sampleByKeyExact', this.sampleByKeyExact)
    return this.derive(sampleByKeyExactNode(this.node, { withReplacement, fractions, seed, site }))
  }
}

/** How `combineByKey` places its result, and whether it combines before the shuffle. */
export interface CombineByKeyOptions {
  readonly partitioning?: Partitioning | undefined
  readonly mapSideCombine?: boolean | undefined
}

type CombineByKeyArguments<V, C> =
  | [aggregator: Aggregator<V, C>, options?: CombineByKeyOptions]
  | [
      createCombiner: Aggregator<V, C>['createCombiner'],
      mergeValue: Aggregator<V, C>['mergeValue'],
      mergeCombiners: Aggregator<V, C>['mergeCombiners'],
      partitioning?: Partitioning,
      mapSideCombine?: boolean,
    ]

function combineByKeyArguments<V, C>(
  args: CombineByKeyArguments<V, C>,
): CombineByKeyOptions & { readonly aggregator: Aggregator<V, C> } {
  if (typeof args[0] === 'object') return { ...(args[1] as CombineByKeyOptions), aggregator: args[0] }
  const [createCombiner, mergeValue, mergeCombiners, partitioning, mapSideCombine] = args as Extract<
    CombineByKeyArguments<V, C>,
    { 2?: unknown }
  >
  return { aggregator: { createCombiner, mergeValue, mergeCombiners }, partitioning, mapSideCombine }
}

function aggregatorFrom<V, U>(zero: Zero<U>, add: (u: U, value: V) => U, merge: (a: U, b: U) => U): Aggregator<V, U> {
  const make = zeroMaker(zero)
  return { createCombiner: (value) => add(make(), value), mergeValue: add, mergeCombiners: merge }
}
