import { callSite } from '../call-site.ts'
import type { Element } from '../element.ts'
import type { Node } from '../node.ts'
import { cogroupNode } from '../nodes/cogroup.ts'
import { type Aggregator, combineByKeyNode } from '../nodes/combine-by-key.ts'
import { groupByKeyNode } from '../nodes/group-by-key.ts'
import { joinNode } from '../nodes/join.ts'
import { mapNode } from '../nodes/map.ts'
import { flatMapValuesNode, mapValuesNode } from '../nodes/map-values.ts'
import { partitionByNode } from '../nodes/partition-by.ts'
import type { Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import { ElementTransformations } from './element-transformations.ts'

/** Transformations of pairs; the compiler offers them on datasets of pairs alone. */
export abstract class PairTransformations<T> extends ElementTransformations<T> {
  /** The first of each pair. */
  keys<K, V>(this: RDD<[K, V]>): RDD<K> {
    return this.derive(mapNode(this.node, (pair) => pair[0], callSite('keys', this.keys)))
  }
  /** The second of each pair. */
  values<K, V>(this: RDD<[K, V]>): RDD<V> {
    return this.derive(mapNode(this.node, (pair) => pair[1], callSite('values', this.values)))
  }
  /** The same keys, each value replaced by what `f` returns for it; they stay where they are. */
  mapValues<K, V, U extends Element>(this: RDD<[K, V]>, f: (value: V) => U): RDD<[K, U]> {
    return this.derive(mapValuesNode(this.node, f, callSite('mapValues', this.mapValues)))
  }
  /** The same keys, once for each item that `f` returns for the value. */
  flatMapValues<K, V, U extends Element>(this: RDD<[K, V]>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
    return this.derive(flatMapValuesNode(this.node, f, callSite('flatMapValues', this.flatMapValues)))
  }
  /** One value per key; `f` is associative, and not called for keys with a single value. */
  reduceByKey<K, V>(this: RDD<[K, V]>, f: (a: V, b: V) => V, partitioning?: Partitioning): RDD<[K, V]> {
    const aggregator = { createCombiner: (value: V) => value, mergeValue: f, mergeCombiners: f }
    const site = callSite('reduceByKey', this.reduceByKey)
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
  combineByKey<K, V, C>(
    this: RDD<[K, V]>,
    aggregator: Aggregator<V, C>,
    options: { readonly partitioning?: Partitioning; readonly mapSideCombine?: boolean } = {},
  ): RDD<[K, C]> {
    const { partitioning, mapSideCombine = true } = options
    const site = callSite('combineByKey', this.combineByKey)
    const partitioner = this.partitionerFor(partitioning)
    return this.derive(combineByKeyNode(this.node, { aggregator, partitioner, site, mapSideCombine }))
  }
  /** The same pairs, placed by their keys. */
  partitionBy<K, V>(this: RDD<[K, V]>, partitioning: Partitioning): RDD<[K, V]> {
    const site = callSite('partitionBy', this.partitionBy)
    return this.derive(partitionByNode(this.node, this.partitionerFor(partitioning), site))
  }
  /** For each key of either side, its values on both. */
  cogroup<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitioning?: Partitioning): RDD<[K, [V[], W[]]]> {
    const site = callSite('cogroup', this.cogroup)
    const node = cogroupNode([this.node, other.node], this.partitionerFor(partitioning, other), site)
    return this.derive(node as Node<[K, [V[], W[]]]>)
  }
  /** For each key of both sides, every pairing of its values. */
  join<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitioning?: Partitioning): RDD<[K, [V, W]]> {
    const site = callSite('join', this.join)
    return this.derive(joinNode([this.node, other.node], this.partitionerFor(partitioning, other), site))
  }
  /** In the order of the keys; equal ones keep their order. */
  sortByKey<K, V>(this: RDD<[K, V]>, ascending = true, numPartitions: number = this.node.partitions): RDD<[K, V]> {
    const site = callSite('sortByKey', this.sortByKey)
    return this.sorted((pair) => pair[0], { ascending, numPartitions, site, byPairKey: true })
  }
}
