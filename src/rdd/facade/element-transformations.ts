import { type CallSite, callSite } from '../call-site.ts'
import type { Element } from '../element.ts'
import { coalesceNode } from '../nodes/coalesce.ts'
import { distinctNode } from '../nodes/distinct.ts'
import { filterNode } from '../nodes/filter.ts'
import { flatMapNode } from '../nodes/flat-map.ts'
import { mapNode } from '../nodes/map.ts'
import { type MapPartitionsOptions, mapPartitionsNode, type PartitionFunction } from '../nodes/map-partitions.ts'
import { repartitionNode } from '../nodes/repartition.ts'
import { sortByNode } from '../nodes/sort-by.ts'
import { unionNode } from '../nodes/union.ts'
import { type Compare, naturalOrder } from '../ordering.ts'
import type { RDD } from '../rdd.ts'
import { DatasetBase } from './dataset-base.ts'

/** Transformations of any elements. They return at once; nothing is computed before an action. */
export abstract class ElementTransformations<T> extends DatasetBase<T> {
  /** What `f` returns for each element. */
  map<U extends Element>(f: (element: T) => U): RDD<U> {
    return this.derive(mapNode(this.node, f, callSite('map', this.map)))
  }
  /** All items that `f` returns for each element, in order; a string gives its characters. */
  flatMap<U extends Element>(f: (element: T) => Iterable<U>): RDD<U> {
    return this.derive(flatMapNode(this.node, f, callSite('flatMap', this.flatMap)))
  }
  /** The elements for which `f` holds. */
  filter<U extends T>(f: (element: T) => element is U): RDD<U>
  filter(f: (element: T) => unknown): RDD<T>
  filter(f: (element: T) => unknown): RDD<T> {
    return this.derive(filterNode(this.node, f, callSite('filter', this.filter)))
  }
  /** `f` takes each partition as an array, empty ones too, and may be asynchronous. */
  mapPartitions<U extends Element>(f: PartitionFunction<T, U>, options: MapPartitionsOptions = {}): RDD<U> {
    const site = callSite('mapPartitions', this.mapPartitions)
    return this.derive(mapPartitionsNode(this.node, f, { ...options, site }))
  }
  /** Each partition as one array. */
  glom(): RDD<T[]> {
    const site = callSite('glom', this.glom)
    return this.derive(mapPartitionsNode(this.node, (records) => [records], { site }))
  }
  /** The partitions of this dataset, then those of the other. */
  union(other: RDD<T>): RDD<T> {
    return this.derive(unionNode([this.node, other.node]))
  }
  /** Each element once, compared by value. */
  distinct(numPartitions?: number): RDD<T> {
    const count = numPartitions ?? this.defaultPartitions()
    return this.derive(distinctNode(this.node, count, callSite('distinct', this.distinct)))
  }
  /** Fewer partitions by merging neighbours; never more, except with `shuffle`. */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    return shuffle ? this.repartition(numPartitions) : this.derive(coalesceNode(this.node, numPartitions))
  }
  /** Exactly `numPartitions` of about equal size. */
  repartition(numPartitions: number): RDD<T> {
    return this.derive(repartitionNode(this.node, numPartitions))
  }
  /** In the order of `f`'s values; equal ones keep their order. */
  sortBy<S>(f: (element: T) => S, ascending = true, numPartitions: number = this.node.partitions): RDD<T> {
    return this.sorted(f, { ascending, numPartitions, site: callSite('sortBy', this.sortBy) })
  }

  protected sorted<S>(
    by: (element: T) => S,
    options: {
      readonly ascending: boolean
      readonly numPartitions: number
      readonly site: CallSite
      readonly byPairKey?: boolean
    },
  ): RDD<T> {
    const { ascending, numPartitions, ...rest } = options
    const compare: Compare<S> = ascending ? naturalOrder : (a, b) => naturalOrder(b, a)
    return this.derive(sortByNode(this.node, { by, compare, partitions: Math.max(1, numPartitions), ...rest }))
  }
}
