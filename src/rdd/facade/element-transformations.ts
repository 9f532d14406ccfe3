import { SluiceError } from '../../util/errors.ts'
import { type CallSite, callSite } from '../call-site.ts'
import type { Element, Value } from '../element.ts'
import type { Node } from '../node.ts'
import { cartesianNode } from '../nodes/cartesian.ts'
import { coalesceNode } from '../nodes/coalesce.ts'
import { collectPartialNode } from '../nodes/collect-partial.ts'
import { distinctNode } from '../nodes/distinct.ts'
import { filterNode } from '../nodes/filter.ts'
import { flatMapNode } from '../nodes/flat-map.ts'
import { groupByKeyNode } from '../nodes/group-by-key.ts'
import { intersectionNode } from '../nodes/intersection.ts'
import { keyByNode } from '../nodes/key-by.ts'
import { mapNode } from '../nodes/map.ts'
import { type MapPartitionsOptions, mapPartitionsNode, type PartitionFunction } from '../nodes/map-partitions.ts'
import { type PipeOptions, pipeNode } from '../nodes/pipe.ts'
import { repartitionNode } from '../nodes/repartition.ts'
import { randomSplitNodes, sampleNode } from '../nodes/sample.ts'
import { sortByNode } from '../nodes/sort-by.ts'
import { subtractNode } from '../nodes/subtract.ts'
import { unionNode } from '../nodes/union.ts'
import { type ZippedFunction, zipNode, zipPartitionsNode } from '../nodes/zip.ts'
import { zipWithIndexNode, zipWithUniqueIdNode } from '../nodes/zip-with-index.ts'
import { type Compare, naturalOrder } from '../ordering.ts'
import { HashPartitioner, type Partitioner, type Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import { DatasetBase } from './dataset-base.ts'

/** How to sort what has no natural order, or another one. */
export interface SortOrder<S> {
  /** Negative when the first comes before the second. */
  readonly compare?: Compare<S> | undefined
}

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
  /** What `f` returns for the elements for which it returns anything but `undefined`: Spark's `collect` of a partial function. */
  collectPartial<U extends Element>(f: (element: T) => U | undefined): RDD<U> {
    return this.derive(collectPartialNode(this.node, f, callSite('collectPartial', this.collectPartial)))
  }
  /** Each element as the second of a pair, what `f` returns for it being the first. */
  keyBy<K extends Value>(f: (element: T) => K): RDD<[K, T]> {
    return this.derive(keyByNode(this.node, f, callSite('keyBy', this.keyBy)))
  }
  /** `f` takes each partition as an array, empty ones too, and may be asynchronous. */
  mapPartitions<U extends Element>(
    f: PartitionFunction<T, U>,
    options: MapPartitionsOptions | boolean = false,
  ): RDD<U> {
    const site = callSite('mapPartitions', this.mapPartitions)
    return this.derive(mapPartitionsNode(this.node, f, { ...partitionOptions(options), site }))
  }
  /** The same as `mapPartitions`, with the partition's number first. */
  mapPartitionsWithIndex<U extends Element>(
    f: (partition: number, elements: T[]) => Iterable<U> | Promise<Iterable<U>>,
    options: MapPartitionsOptions | boolean = false,
  ): RDD<U> {
    const site = callSite('mapPartitionsWithIndex', this.mapPartitionsWithIndex)
    const turned: PartitionFunction<T, U> = (elements, partition) => f(partition, elements)
    return this.derive(mapPartitionsNode(this.node, turned, { ...partitionOptions(options), site }))
  }
  /** Each partition as one array. */
  glom(): RDD<T[]> {
    const site = callSite('glom', this.glom)
    return this.derive(mapPartitionsNode(this.node, (records) => [records], { site }))
  }
  /** The elements of both, duplicates kept: the partitions of this dataset, then those of the other, unless the same partitioner has placed both. */
  union(other: RDD<T>): RDD<T> {
    return this.derive(unionNode([this.node, other.node]))
  }
  /** Each element once, compared by value. */
  distinct(numPartitions?: number): RDD<T> {
    const count = numPartitions ?? Math.max(1, this.node.partitions)
    return this.derive(distinctNode(this.node, count, callSite('distinct', this.distinct)))
  }
  /** The elements that are in both, each once, compared by value. */
  intersection(other: RDD<T>, partitioning?: Partitioning): RDD<T> {
    const site = callSite('intersection', this.intersection)
    const partitioner = this.elementPartitioner(partitioning, [this.node, other.node])
    return this.derive(intersectionNode([this.node, other.node], partitioner, site))
  }
  /** The elements that the other does not have, compared by value; duplicates stay, and so does the number of partitions. */
  subtract(other: RDD<T>, partitioning: Partitioning = Math.max(1, this.node.partitions)): RDD<T> {
    const site = callSite('subtract', this.subtract)
    const partitioner = this.elementPartitioner(partitioning, [])
    return this.derive(subtractNode([this.node, other.node], partitioner, site))
  }
  /** Every pair of an element of this and one of the other; as many partitions as there are pairs of partitions. */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return this.derive(cartesianNode(this.node, other.node))
  }
  /** All elements for which `f` returns the same key, in one array that must fit in memory. */
  groupBy<K extends Value>(f: (element: T) => K, partitioning?: Partitioning): RDD<[K, T[]]> {
    const site = callSite('groupBy', this.groupBy)
    return this.derive(groupByKeyNode(keyByNode(this.node, f, site), this.partitionerFor(partitioning), site))
  }
  /**
   * Each element with the chance `fraction` (0 to 1); with replacement as often as chance has it, `fraction` times on
   * average. The same seed gives the same sample of the same partitions; without one it is the batch's own.
   */
  sample(withReplacement: boolean, fraction: number, seed: number = this.sparkContext.nextSeed()): RDD<T> {
    return this.derive(sampleNode(this.node, { withReplacement, fraction, seed }))
  }
  /** Parts in proportion to the weights, each element in exactly one; refuses weights below 0, and a sum of 0, with code `bad-weights`. */
  randomSplit(weights: readonly number[], seed: number = this.sparkContext.nextSeed()): RDD<T>[] {
    return randomSplitNodes(this.node, weights, seed).map((node) => this.derive(node))
  }
  /** The elements at the same places in both, which must have as many partitions, and as many elements in each. */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return this.derive(zipNode(this.node, other.node, callSite('zip', this.zip)))
  }
  /**
   * What `f` returns for the same partition of each dataset, arrays that must fit in memory; it may be asynchronous. All
   * must have the same number of partitions, or this throws `unequal-partitions`.
   */
  zipPartitions<A, U extends Element>(
    other: RDD<A>,
    f: (own: T[], a: A[]) => Iterable<U> | Promise<Iterable<U>>,
    options?: MapPartitionsOptions | boolean,
  ): RDD<U>
  zipPartitions<A, B, U extends Element>(
    others: readonly [RDD<A>, RDD<B>],
    f: (own: T[], a: A[], b: B[]) => Iterable<U> | Promise<Iterable<U>>,
    options?: MapPartitionsOptions | boolean,
  ): RDD<U>
  zipPartitions<A, B, C, U extends Element>(
    others: readonly [RDD<A>, RDD<B>, RDD<C>],
    f: (own: T[], a: A[], b: B[], c: C[]) => Iterable<U> | Promise<Iterable<U>>,
    options?: MapPartitionsOptions | boolean,
  ): RDD<U>
  zipPartitions<U>(
    others: RDD<unknown> | readonly RDD<unknown>[],
    f: (...partitions: never[]) => Iterable<U> | Promise<Iterable<U>>,
    options: MapPartitionsOptions | boolean = false,
  ): RDD<U> {
    const site = callSite('zipPartitions', this.zipPartitions)
    const nodes = [this.node, ...[others].flat(1).map((other) => (other as RDD<unknown>).node)]
    const { preservesPartitioning = false } = partitionOptions(options)
    const zipped: ZippedFunction<U> = (partitions) => f(...(partitions as never[]))
    return this.derive(zipPartitionsNode(nodes, zipped, { site, preservesPartitioning }))
  }
  /** Each element with its place in the whole, from 0; with several partitions they are counted first. */
  zipWithIndex(): RDD<[T, number]> {
    return this.derive(zipWithIndexNode(this.node))
  }
  /** Each element with a number of its own: the `k`-th of partition `i` of `n` gets `k·n + i`. Nothing is counted. */
  zipWithUniqueId(): RDD<[T, number]> {
    return this.derive(zipWithUniqueIdNode(this.node))
  }
  /** Fewer partitions by merging neighbours; never more, except with `shuffle`. */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    return shuffle ? this.repartition(numPartitions) : this.derive(coalesceNode(this.node, numPartitions))
  }
  /** Exactly `numPartitions` of about equal size. */
  repartition(numPartitions: number): RDD<T> {
    return this.derive(repartitionNode(this.node, numPartitions))
  }
  /**
   * The lines that a command writes when it gets the elements of a partition as lines, one process for each partition: a
   * program and its arguments, as an array or with blanks between. Refused with code `no-processes` outside of
   * `sluice/local` and the test kit; a job rejects with code `pipe-failed` when a process does not exit with 0.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ pipeThrough: localEnvironment().pipeThrough })
   * const words = sc.parallelize(['row', 'your', 'boat'], 1)
   * words.pipe('grep o') // ['row', 'your', 'boat']
   * words.pipe(['sh', '-c', 'sort; echo "$END"'], { END: 'ashore' }) // ['boat', 'row', 'your', 'ashore']
   * await words.pipe('false').count().catch((error) => error.code) // 'pipe-failed'
   * ```
   */
  pipe(
    command: string | readonly string[],
    env: Readonly<Record<string, string>> = {},
    options: PipeOptions<T> = {},
  ): RDD<string> {
    const { pipeThrough } = this.sparkContext
    const site = callSite('pipe', this.pipe)
    return this.derive(pipeNode(this.node, { ...options, command: words(command), env, pipeThrough, site }))
  }
  /** In the order of `f`'s values, by the natural order unless `compare` is given; equal ones keep their order. */
  sortBy<S>(
    f: (element: T) => S,
    ascending = true,
    numPartitions: number = this.node.partitions,
    { compare }: SortOrder<S> = {},
  ): RDD<T> {
    return this.sorted(f, { ascending, numPartitions, compare, site: callSite('sortBy', this.sortBy) })
  }

  protected sorted<S>(
    by: (element: T) => S,
    options: {
      readonly ascending: boolean
      readonly numPartitions: number
      readonly site: CallSite
      readonly byPairKey?: boolean
      readonly compare?: Compare<S> | undefined
    },
  ): RDD<T> {
    const { ascending, numPartitions, compare: order = naturalOrder, ...rest } = options
    const compare: Compare<S> = ascending ? order : (a, b) => order(b, a)
    return this.derive(sortByNode(this.node, { by, compare, partitions: Math.max(1, numPartitions), ...rest }))
  }

  /** For operations that take whole elements for keys: where pairs are by their own keys is no help then. */
  protected elementPartitioner(partitioning: Partitioning | undefined, sides: readonly Node<unknown>[]): Partitioner {
    if (typeof partitioning !== 'number' && partitioning) return partitioning
    const most = Math.max(1, ...sides.map(({ partitions }) => partitions))
    return new HashPartitioner(partitioning ?? this.sparkContext.configuredParallelism ?? most)
  }
}

function words(command: string | readonly string[]): readonly string[] {
  const parts = typeof command === 'string' ? command.split(/\s+/).filter((part) => part !== '') : command
  if (parts.length > 0) return parts
  throw new SluiceError({ code: 'bad-command', kind: 'invalid', message: 'A command to pipe through has a program' })
}

/** Spark's form is a boolean. */
function partitionOptions(options: MapPartitionsOptions | boolean): MapPartitionsOptions {
  return typeof options === 'boolean' ? { preservesPartitioning: options } : options
}
