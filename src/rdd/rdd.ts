import { asMap } from './actions/collect-as-map.ts'
import { countByKey } from './actions/count-by-key.ts'
import { emptyCollection, reduce } from './actions/reduce.ts'
import { take } from './actions/take.ts'
import { takeOrdered } from './actions/take-ordered.ts'
import { type CallSite, callSite } from './call-site.ts'
import { chunksOf } from './chunks.ts'
import { defaultPartitioner } from './default-partitioner.ts'
import type { Element } from './element.ts'
import { OperatorFailure, RecordError } from './failure.ts'
import type { RunJob } from './job.ts'
import type { Node } from './node.ts'
import { coalesceNode } from './nodes/coalesce.ts'
import { cogroupNode } from './nodes/cogroup.ts'
import { type Aggregator, combineByKeyNode } from './nodes/combine-by-key.ts'
import { distinctNode } from './nodes/distinct.ts'
import { filterNode } from './nodes/filter.ts'
import { flatMapNode } from './nodes/flat-map.ts'
import { groupByKeyNode } from './nodes/group-by-key.ts'
import { joinNode } from './nodes/join.ts'
import { mapNode } from './nodes/map.ts'
import {
  collectPartition,
  type MapPartitionsOptions,
  mapPartitionsNode,
  type PartitionFunction,
} from './nodes/map-partitions.ts'
import { flatMapValuesNode, mapValuesNode } from './nodes/map-values.ts'
import { partitionByNode } from './nodes/partition-by.ts'
import { repartitionNode } from './nodes/repartition.ts'
import { sortByNode } from './nodes/sort-by.ts'
import { unionNode } from './nodes/union.ts'
import { type Compare, naturalOrder } from './ordering.ts'
import { HashPartitioner, type Partitioner } from './partitioner.ts'

/** What a dataset knows of its `SparkContext`. */
export interface RDDContext {
  /** Partitions of datasets that nobody gave a number; 2 unless set. */
  readonly defaultParallelism: number
  /** `defaultParallelism` if it was set on purpose. */
  readonly configuredParallelism: number | undefined
  /** Aborted at the batch's deadline; every job ends then. */
  readonly signal: AbortSignal
  /** A dataset of the elements of an array, cut into `numPartitions` slices. */
  parallelize<T>(elements: Iterable<T>, numPartitions?: number): RDD<T>
  /** The same as `parallelize`. */
  makeRDD<T>(elements: Iterable<T>, numPartitions?: number): RDD<T>
  /** A dataset without partitions. */
  emptyRDD<T>(): RDD<T>
  /** The partitions of all datasets, one after the other. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T>
  /** Runs `task` on each partition, an array; results come in the order of the partitions. */
  runJob<T, R>(rdd: RDD<T>, task: (records: T[], partition: number) => R | Promise<R>): Promise<R[]>
  /** Runs a job on a dataset's recipe: what actions are made of. */
  readonly run: RunJob
  /** Jobs that have begun and not ended. */
  readonly jobsUnderWay: number
}

/** A number of partitions, or who partitions. */
export type Partitioning = number | Partitioner

/**
 * A dataset of one batch: a recipe, computed partition by partition when an action asks for it. Transformations return
 * at once; actions return promises, which reject with a `RecordError` when a function fails at a record. Elements keep
 * their order within a partition, and partitions theirs. Below, the elements of each dataset:
 *
 * @example
 * ```ts
 * const lines = new SparkContext().parallelize(['row row', 'row your boat'], 2)
 * const words = lines.flatMap((line) => line.split(' ')) // ['row', 'row', 'row', 'your', 'boat']
 * words.filter((word) => word !== 'row') // ['your', 'boat']
 * words.distinct() // ['row', 'your', 'boat']
 * words.sortBy((word) => word) // ['boat', 'row', 'row', 'row', 'your']
 * words.union(lines).getNumPartitions() // 4
 * words.coalesce(1).getNumPartitions() // 1
 * words.repartition(3).getNumPartitions() // 3
 * words.glom() // [['row', 'row'], ['row', 'your', 'boat']]
 * words.mapPartitions((words) => [words.length]) // [2, 3]
 * words.derive(lines.node) // ['row row', 'row your boat']
 *
 * const ones = words.map((word) => [word, 1])
 * const counts = ones.reduceByKey((a, b) => a + b) // [['row', 3], ['your', 1], ['boat', 1]]
 * counts.keys() // ['row', 'your', 'boat']
 * counts.values() // [3, 1, 1]
 * counts.mapValues((count) => -count) // [['row', -3], ['your', -1], ['boat', -1]]
 * counts.flatMapValues((count) => (count > 1 ? ['often'] : [])) // [['row', 'often']]
 * counts.sortByKey() // [['boat', 1], ['row', 3], ['your', 1]]
 * ones.groupByKey() // [['row', [1, 1, 1]], ['your', [1]], ['boat', [1]]]
 * ones.partitionBy(2).glom() // [[], [['row', 1], ['row', 1], ['row', 1], ['your', 1], ['boat', 1]]]
 * counts.partitioner?.numPartitions // 2
 * counts.partitionerFor(4).numPartitions // 4
 *
 * const translated = new SparkContext().parallelize<[string, string]>([['boat', 'Boot']])
 * counts.join(translated) // [['boat', [1, 'Boot']]]
 * await counts.cogroup(translated).count() // 3
 *
 * await words.count() // 5
 * await words.take(2) // ['row', 'row']
 * await words.first() // 'row'
 * await words.isEmpty() // false
 * await words.reduce((a, b) => `${a} ${b}`) // 'row row row your boat'
 * await words.top(2) // ['your', 'row']
 * await words.takeOrdered(2) // ['boat', 'row']
 * await counts.collect() // [['row', 3], ['your', 1], ['boat', 1]]
 * await counts.collectAsMap() // new Map([['row', 3], ['your', 1], ['boat', 1]])
 * await words.map((word) => [word.length, word]).countByKey() // new Map([[3, 3], [4, 2]])
 * await words.runPartitions(async (partition) => `part-${partition}`) // ['part-0', 'part-1']
 * const seen = new Set<string>()
 * await words.foreach((word) => seen.add(word))
 * seen.size // 3
 * ```
 */
export class RDD<T> {
  readonly sparkContext: RDDContext
  readonly node: Node<T>

  constructor(sparkContext: RDDContext, node: Node<T>) {
    this.sparkContext = sparkContext
    this.node = node
  }

  /** A dataset of the same context with another recipe: how operators are added. */
  derive<U>(node: Node<U>): RDD<U> {
    return new RDD(this.sparkContext, node)
  }

  /** How many partitions this is computed in. */
  getNumPartitions(): number {
    return this.node.partitions
  }
  /** What placed the keys of these pairs, if anything did; operations that agree with it need not shuffle. */
  get partitioner(): Partitioner | undefined {
    return this.node.partitioner
  }

  // Transformations

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
    const count = numPartitions ?? this.#partitions()
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
    return this.#sorted(f, { ascending, numPartitions, site: callSite('sortBy', this.sortBy) })
  }

  // Transformations of pairs

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
    return this.#sorted((pair) => pair[0], { ascending, numPartitions, site, byPairKey: true })
  }

  // Actions

  /** All elements, in order, in one array that must fit in memory. */
  async collect(): Promise<T[]> {
    const { node } = this
    const parts = await this.#run((partition, task) => collectPartition(node, partition, task))
    return parts.flat(1) as T[]
  }
  /** How many elements there are. */
  async count(): Promise<number> {
    const { node } = this
    const counts = await this.#run(async (partition, task) => {
      let count = 0
      await node.compute(partition, task, () => {
        count++
      })
      return count
    })
    return counts.reduce((a, b) => a + b, 0)
  }
  /** One element, made by `f` of two at a time; rejects with code `empty-collection` if there is none. */
  reduce(f: (a: T, b: T) => T): Promise<T> {
    return reduce(this.node, f, { run: this.sparkContext.run, site: callSite('reduce', this.reduce) })
  }
  /** The first elements, in order, computing no more partitions than it takes. */
  take(count: number): Promise<T[]> {
    return take(this.node, count, this.sparkContext.run)
  }
  /** The first element; rejects with code `empty-collection` if there is none. */
  async first(): Promise<T> {
    const elements = await this.take(1)
    if (elements.length === 0) throw emptyCollection()
    return elements[0] as T
  }
  /** Whether there is no element, computing no more partitions than it takes to tell. */
  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0
  }
  /** The largest elements, largest first. */
  top(count: number, compare: Compare<T> = naturalOrder): Promise<T[]> {
    return takeOrdered(this.node, count, { run: this.sparkContext.run, compare: (a, b) => compare(b, a) })
  }
  /** The smallest elements, smallest first. */
  takeOrdered(count: number, compare: Compare<T> = naturalOrder): Promise<T[]> {
    return takeOrdered(this.node, count, { run: this.sparkContext.run, compare })
  }
  /** Calls `f` for each element; partitions may be interleaved. */
  async foreach(f: (element: T) => unknown): Promise<void> {
    const node = mapNode(this.node, f, callSite('foreach', this.foreach))
    await this.#run((partition, task) => node.compute(partition, task, () => {}))
  }
  /**
   * Calls `f` once for each partition, empty ones too, with its elements to be read with `for await`.
   *
   * @example
   * ```ts
   * const read: string[] = []
   * await new SparkContext().parallelize(['row', 'boat'], 1).foreachPartition(async (words) => {
   *   for await (const word of words) read.push(word)
   * })
   * read // ['row', 'boat']
   * ```
   */
  async foreachPartition(f: (elements: AsyncIterable<T>, partition: number) => unknown): Promise<void> {
    const site = callSite('foreachPartition', this.foreachPartition)
    await this.runPartitions(async (partition, chunks) => {
      await partitionCall(() => f(elementsOf(chunks), partition), site)
    })
  }
  /** The pairs as a map, which must fit in memory; the last value of a key counts. */
  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    return asMap(await this.collect())
  }
  /** How often each key is there, in a map that must fit in memory. */
  countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return countByKey<K>(this.node, this.sparkContext.run)
  }

  /** Runs `task` on each partition, read in chunks as it asks for them; results come in the order of the partitions. */
  runPartitions<R>(task: (partition: number, chunks: AsyncIterable<readonly T[]>) => Promise<R>): Promise<R[]> {
    const { node } = this
    return this.#run((partition, surroundings) => task(partition, chunksOf(node, partition, surroundings)))
  }

  /** What partitions the result of an operation on the keys of this dataset, and of `others`. */
  partitionerFor(partitioning: Partitioning | undefined, ...others: readonly RDD<unknown>[]): Partitioner {
    if (typeof partitioning === 'number') return new HashPartitioner(partitioning)
    const nodes: Node<unknown>[] = [this.node, ...others.map((other) => other.node)]
    return partitioning ?? defaultPartitioner(nodes, this.sparkContext.configuredParallelism)
  }

  #run<R>(task: Parameters<typeof this.sparkContext.run<T, R>>[0]['task']): Promise<R[]> {
    return this.sparkContext.run({ node: this.node, task })
  }
  #partitions(): number {
    return this.sparkContext.configuredParallelism ?? Math.max(1, this.node.partitions)
  }
  #sorted<S>(
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

async function* elementsOf<T>(chunks: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const chunk of chunks) yield* chunk
}

async function partitionCall(call: () => unknown, site: CallSite): Promise<void> {
  try {
    await call()
  } catch (cause) {
    // A record that failed further up reaches us through the user's own loop; it has its place already.
    throw cause instanceof RecordError ? cause : new OperatorFailure(site, cause)
  }
}
