import { callSite } from '../../rdd/call-site.ts'
import type { Element } from '../../rdd/element.ts'
import type { PartitionFunction } from '../../rdd/nodes/map-partitions.ts'
import type { Partitioning } from '../../rdd/partitioner.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { Time } from '../../util/time.ts'
import type { DStream } from '../dstream.ts'
import { countStream } from '../operators/count.ts'
import { countByValueStream } from '../operators/count-by-value.ts'
import { filterStream } from '../operators/filter.ts'
import { flatMapStream } from '../operators/flat-map.ts'
import { glomStream } from '../operators/glom.ts'
import { mapStream } from '../operators/map.ts'
import { mapPartitionsStream } from '../operators/map-partitions.ts'
import { reduceStream } from '../operators/reduce.ts'
import { repartitionStream } from '../operators/repartition.ts'
import { transformStream } from '../operators/transform.ts'
import { unionStream } from '../operators/union.ts'
import { StreamBase } from './stream-base.ts'

/** Operators without state on any elements. */
export abstract class ElementOperations<T> extends StreamBase<T> {
  /** What `f` returns for each element. */
  map<U extends Element>(f: (element: T) => U): DStream<U> {
    return this.derive(mapStream(this.node, f, callSite('map', this.map)))
  }
  /** All items that `f` returns for each element, in order; a string gives its characters. */
  flatMap<U extends Element>(f: (element: T) => Iterable<U>): DStream<U> {
    return this.derive(flatMapStream(this.node, f, callSite('flatMap', this.flatMap)))
  }
  /** The elements for which `f` holds. */
  filter<U extends T>(f: (element: T) => element is U): DStream<U>
  filter(f: (element: T) => unknown): DStream<T>
  filter(f: (element: T) => unknown): DStream<T> {
    return this.derive(filterStream(this.node, f, callSite('filter', this.filter)))
  }
  /** Each partition as one array. */
  glom(): DStream<T[]> {
    return this.derive(glomStream(this.node, callSite('glom', this.glom)))
  }
  /**
   * `f` takes each partition as an array, empty ones too, and may be asynchronous; `preservePartitioning` says that it
   * leaves keys where they are.
   */
  mapPartitions<U extends Element>(f: PartitionFunction<T, U>, preservePartitioning = false): DStream<U> {
    const site = callSite('mapPartitions', this.mapPartitions)
    return this.derive(mapPartitionsStream(this.node, f, { site, preservesPartitioning: preservePartitioning }))
  }
  /** The same elements in exactly `numPartitions` partitions; a batch without a dataset is an error. */
  repartition(numPartitions: number): DStream<T> {
    return this.derive(repartitionStream(this.node, numPartitions, callSite('repartition', this.repartition)))
  }
  /** The elements of both, one dataset after the other. */
  union(other: DStream<T>): DStream<T> {
    return this.derive(unionStream([this.node, other.node], callSite('union', this.union)))
  }
  /** One element a batch: how many there were. */
  count(): DStream<number> {
    return this.derive(countStream(this.node, this.partitionsOr(undefined), callSite('count', this.count)))
  }
  /** How often each element was there. */
  countByValue(partitioning?: Partitioning): DStream<[T, number]> {
    const site = callSite('countByValue', this.countByValue)
    return this.derive(countByValueStream(this.node, this.partitionerOr(partitioning), site))
  }
  /** One element a batch, made by an associative `f` of two at a time; none of an empty batch. */
  reduce(f: (a: T, b: T) => T): DStream<T> {
    return this.derive(reduceStream(this.node, f, callSite('reduce', this.reduce)))
  }
  /**
   * Makes each dataset by a function of the parent's; it runs wherever tasks run, and may depend on its arguments only.
   *
   * @example
   * ```ts
   * words.transform((rdd) => rdd.sortBy((word) => word)) // [['row', 'row'], ['boat', 'row', 'your']]
   * ```
   */
  transform<U>(f: (rdd: RDD<T>, time: Time) => RDD<U> | Promise<RDD<U>>): DStream<U> {
    const site = callSite('transform', this.transform)
    return this.derive(transformStream<U>([this.node], ([rdd], time) => f(rdd as RDD<unknown> as RDD<T>, time), site))
  }
  /**
   * Makes each dataset by a function of this stream's and another's, which must have the same slide.
   *
   * @example
   * ```ts
   * words.transformWith(lines, (words, lines) => words.union(lines)).count() // [[3], [4]]
   * ```
   */
  transformWith<W, U>(
    other: DStream<W>,
    f: (rdd: RDD<T>, other: RDD<W>, time: Time) => RDD<U> | Promise<RDD<U>>,
  ): DStream<U> {
    const site = callSite('transformWith', this.transformWith)
    const both = ([left, right]: readonly RDD<unknown>[], time: Time) => f(left as RDD<T>, right as RDD<W>, time)
    return this.derive(transformStream<U>([this.node, other.node], both, site))
  }
}
