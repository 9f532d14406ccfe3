import { callSite } from '../../rdd/call-site.ts'
import type { InTuples, Value } from '../../rdd/element.ts'
import type { Partitioning } from '../../rdd/partitioner.ts'
import type { DStream } from '../dstream.ts'
import { cogroupStream } from '../operators/cogroup.ts'
import { combineByKeyStream } from '../operators/combine-by-key.ts'
import { flatMapValuesStream } from '../operators/flat-map-values.ts'
import { groupByKeyStream } from '../operators/group-by-key.ts'
import { joinStream } from '../operators/join.ts'
import { mapValuesStream } from '../operators/map-values.ts'
import { outerJoinStream } from '../operators/outer-join.ts'
import { reduceByKeyStream } from '../operators/reduce-by-key.ts'
import type { KeyOf, ValueOf } from '../pair.ts'
import type { StreamNode } from '../stream-node.ts'
import { ElementOperations } from './element-operations.ts'

/** Operators without state on pairs; the compiler offers them on streams of pairs alone. */
export abstract class PairOperations<T> extends ElementOperations<T> {
  /** The same keys, each value replaced by what `f` returns for it. */
  mapValues<K, V, U extends Value>(this: DStream<[K, V]>, f: (value: V) => U): DStream<[K, U]> {
    return this.derive(mapValuesStream(this.node, f, callSite('mapValues', this.mapValues)))
  }
  /** The same keys, once for each item that `f` returns for the value. */
  flatMapValues<K, V, U extends Value>(this: DStream<[K, V]>, f: (value: V) => Iterable<U>): DStream<[K, U]> {
    return this.derive(flatMapValuesStream(this.node, f, callSite('flatMapValues', this.flatMapValues)))
  }
  /** One value per key and batch; `f` is associative, and not called for keys with a single value. */
  reduceByKey<K, V extends Value>(
    this: DStream<[K, V]>,
    f: (a: V, b: V) => V,
    partitioning?: Partitioning,
  ): DStream<[K, V]> {
    const site = callSite('reduceByKey', this.reduceByKey)
    return this.derive(reduceByKeyStream(this.node, { f, partitioner: this.partitionerOr(partitioning), site }))
  }
  /** All values of each key of a batch, in order, in one array. */
  groupByKey<K, V>(this: DStream<[K, V]>, partitioning?: Partitioning): DStream<[K, V[]]> {
    const site = callSite('groupByKey', this.groupByKey)
    return this.derive(groupByKeyStream(this.node, this.partitionerOr(partitioning), site))
  }
  /** For each key of either stream in a batch, its values in both. */
  cogroup<K, V, W>(
    this: DStream<[K, V]>,
    other: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V[], W[]]]> {
    const site = callSite('cogroup', this.cogroup)
    return this.derive(cogroupStream([this.node, other.node], this.partitionerOr(partitioning), site))
  }
  /** For each key of both streams in a batch, every pairing of its values. */
  join<K, V, W>(this: DStream<[K, V]>, other: DStream<[K, W]>, partitioning?: Partitioning): DStream<[K, [V, W]]> {
    const site = callSite('join', this.join)
    return this.derive(joinStream([this.node, other.node], this.partitionerOr(partitioning), site))
  }
  /** For each key of this stream in a batch, its pairings with the other's values, or one with `undefined`. */
  leftOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    other: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V, W | undefined]]> {
    const options = { outer: 'left', site: callSite('leftOuterJoin', this.leftOuterJoin) } as const
    const joined = outerJoinStream([this.node, other.node], this.partitionerOr(partitioning), options)
    return this.derive(joined as StreamNode<[K, [V, W | undefined]]>)
  }
  /** For each key of the other stream in a batch, its pairings with this one's values, or one with `undefined`. */
  rightOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    other: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V | undefined, W]]> {
    const options = { outer: 'right', site: callSite('rightOuterJoin', this.rightOuterJoin) } as const
    const joined = outerJoinStream([this.node, other.node], this.partitionerOr(partitioning), options)
    return this.derive(joined as StreamNode<[K, [V | undefined, W]]>)
  }
  /** For each key of either stream in a batch, every pairing; `undefined` stands for the side that has none. */
  fullOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    other: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V | undefined, W | undefined]]> {
    const options = { outer: 'both', site: callSite('fullOuterJoin', this.fullOuterJoin) } as const
    return this.derive(outerJoinStream([this.node, other.node], this.partitionerOr(partitioning), options))
  }
  /**
   * One combined value per key and batch, of another type than the values; combined before the shuffle, too, unless
   * `mapSideCombine` is off.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const lists = ones.combineByKey((n) => [n], (list, n) => [...list, n], (a, b) => [...a, ...b], 2)
   * lists // [[['row', [1, 1]]], [['row', [1]], ['your', [1]], ['boat', [1]]]]
   * ```
   */
  combineByKey<C>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    createCombiner: (value: ValueOf<T>) => C,
    mergeValue: (combined: C, value: ValueOf<T>) => InTuples<C>,
    mergeCombiners: (a: C, b: C) => InTuples<C>,
    partitioning?: Partitioning,
    mapSideCombine = true,
  ): DStream<[KeyOf<T>, C]> {
    const site = callSite('combineByKey', this.combineByKey)
    const aggregator = { createCombiner, mergeValue, mergeCombiners }
    const partitioner = this.partitionerOr(partitioning)
    return this.derive(combineByKeyStream(this.node, { aggregator, partitioner, site, mapSideCombine }))
  }
}
