import { callSite } from '../../rdd/call-site.ts'
import type { Element } from '../../rdd/element.ts'
import type { DStream } from '../dstream.ts'
import { cogroupStream } from '../operators/cogroup.ts'
import { flatMapValuesStream } from '../operators/flat-map-values.ts'
import { groupByKeyStream } from '../operators/group-by-key.ts'
import { joinStream } from '../operators/join.ts'
import { mapValuesStream } from '../operators/map-values.ts'
import { reduceByKeyStream } from '../operators/reduce-by-key.ts'
import { ElementOperations } from './element-operations.ts'

/** Operators without state on pairs; the compiler offers them on streams of pairs alone. */
export abstract class PairOperations<T> extends ElementOperations<T> {
  /** The same keys, each value replaced by what `f` returns for it. */
  mapValues<K, V, U extends Element>(this: DStream<[K, V]>, f: (value: V) => U): DStream<[K, U]> {
    return this.derive(mapValuesStream(this.node, f, callSite('mapValues', this.mapValues)))
  }
  /** The same keys, once for each item that `f` returns for the value. */
  flatMapValues<K, V, U extends Element>(this: DStream<[K, V]>, f: (value: V) => Iterable<U>): DStream<[K, U]> {
    return this.derive(flatMapValuesStream(this.node, f, callSite('flatMapValues', this.flatMapValues)))
  }
  /** One value per key and batch; `f` is associative, and not called for keys with a single value. */
  reduceByKey<K, V>(this: DStream<[K, V]>, f: (a: V, b: V) => V, numPartitions?: number): DStream<[K, V]> {
    const site = callSite('reduceByKey', this.reduceByKey)
    return this.derive(reduceByKeyStream(this.node, { f, partitions: this.partitionsOr(numPartitions), site }))
  }
  /** All values of each key of a batch, in order, in one array. */
  groupByKey<K, V>(this: DStream<[K, V]>, numPartitions?: number): DStream<[K, V[]]> {
    const site = callSite('groupByKey', this.groupByKey)
    return this.derive(groupByKeyStream(this.node, this.partitionsOr(numPartitions), site))
  }
  /** For each key of either stream in a batch, its values in both. */
  cogroup<K, V, W>(this: DStream<[K, V]>, other: DStream<[K, W]>, numPartitions?: number): DStream<[K, [V[], W[]]]> {
    const site = callSite('cogroup', this.cogroup)
    return this.derive(cogroupStream([this.node, other.node], this.partitionsOr(numPartitions), site))
  }
  /** For each key of both streams in a batch, every pairing of its values. */
  join<K, V, W>(this: DStream<[K, V]>, other: DStream<[K, W]>, numPartitions?: number): DStream<[K, [V, W]]> {
    const site = callSite('join', this.join)
    return this.derive(joinStream([this.node, other.node], this.partitionsOr(numPartitions), site))
  }
}
