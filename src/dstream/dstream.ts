import { callSite } from '../rdd/call-site.ts'
import type { Element } from '../rdd/element.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { Duration, Time } from '../util/time.ts'
import type { Batch } from './batch.ts'
import type { Graph } from './graph.ts'
import { cogroupStream } from './operators/cogroup.ts'
import { countStream } from './operators/count.ts'
import { filterStream } from './operators/filter.ts'
import { flatMapStream } from './operators/flat-map.ts'
import { flatMapValuesStream } from './operators/flat-map-values.ts'
import { groupByKeyStream } from './operators/group-by-key.ts'
import { joinStream } from './operators/join.ts'
import { mapStream } from './operators/map.ts'
import { mapValuesStream } from './operators/map-values.ts'
import { reduceByKeyStream } from './operators/reduce-by-key.ts'
import { reduceByKeyAndInverseWindowStream } from './operators/reduce-by-key-and-inverse-window.ts'
import { reduceByKeyAndWindowStream } from './operators/reduce-by-key-and-window.ts'
import { transformStream } from './operators/transform.ts'
import { unionStream } from './operators/union.ts'
import { type InitialState, type UpdateFunction, updateStateByKeyStream } from './operators/update-state-by-key.ts'
import { windowDurations } from './operators/window-durations.ts'
import type { ForeachFunction, OutputOptions } from './output-node.ts'
import { foreachOutput } from './outputs/foreach-rdd.ts'
import { printOutput } from './outputs/print.ts'
import { textFilesOutput } from './outputs/save-as-text-files.ts'
import type { StreamNode } from './stream-node.ts'

/** The key of a pair. */
export type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never
/** The value of a pair. */
export type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never

/** What `updateStateByKey` can be told. */
export interface UpdateStateOptions<K, S> {
  /** Fixed for the life of the state. */
  readonly numPartitions?: number | undefined
  /** State to begin with; of several entries for a key the first counts. */
  readonly initialState?: InitialState<K, S> | undefined
}

type Pairing<V> = (a: V, b: V) => V

/**
 * A stream: one dataset per batch, or none. Operators declare what later batches do; functions of single elements are
 * synchronous. What is declared after the start is refused with code `graph-closed`. Below, the batches of each stream:
 *
 * @example
 * ```ts
 * const lines = ssc.queueStream([['row row'], ['row your boat']])
 * const words = lines.flatMap((line) => line.split(' ')) // [['row', 'row'], ['row', 'your', 'boat']]
 * words.filter((word) => word !== 'row') // [[], ['your', 'boat']]
 * words.count() // [[2], [3]]
 * lines.union(words).count() // [[3], [4]]
 *
 * const ones = words.map((word) => [word, 1])
 * const counts = ones.reduceByKey((a, b) => a + b) // [[['row', 2]], [['row', 1], ['your', 1], ['boat', 1]]]
 * counts.mapValues((count) => -count) // [[['row', -2]], [['row', -1], ['your', -1], ['boat', -1]]]
 * counts.flatMapValues((count) => (count > 1 ? ['often'] : [])) // [[['row', 'often']], []]
 * ones.groupByKey() // [[['row', [1, 1]]], [['row', [1]], ['your', [1]], ['boat', [1]]]]
 *
 * const rows = counts.filter(([word]) => word === 'row')
 * counts.join(rows) // [[['row', [2, 2]]], [['row', [1, 1]]]]
 * rows.cogroup(rows) // [[['row', [[2], [2]]]], [['row', [[1], [1]]]]]
 *
 * words.slideDuration // seconds(1)
 * words.dependencies // [lines.node]
 * counts.print()
 * ```
 */
export class DStream<T> {
  readonly graph: Graph
  readonly node: StreamNode<T>
  readonly #defaultPartitions: number

  constructor(graph: Graph, node: StreamNode<T>, defaultPartitions: number) {
    this.graph = graph
    this.node = node
    this.#defaultPartitions = defaultPartitions
  }

  /** How often there is a dataset. */
  get slideDuration(): Duration {
    return this.node.slideDuration
  }
  /** What this stream is made from. */
  get dependencies(): readonly StreamNode<unknown>[] {
    return this.node.parents
  }
  /**
   * Names the operator, so that its state or position survives changes of the code around it. Refuses what is not 1 to
   * 100 letters, digits, `_` and `-` with code `bad-uid`.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * ones.updateStateByKey<number>((ones, count = 0) => count + ones.length).uid('counts').print()
   * ```
   */
  uid(name: string): this {
    this.graph.nameNode(this.node, name)
    return this
  }
  /** The dataset of a batch, made once whoever asks; `undefined` for none. */
  getOrCompute(batch: Batch): Promise<RDD<T> | undefined> {
    return batch.of(this.node)
  }

  // Stateless operators

  /** What `f` returns for each element. */
  map<U extends Element>(f: (element: T) => U): DStream<U> {
    return this.#derive(mapStream(this.node, f, callSite('map', this.map)))
  }
  /** All items that `f` returns for each element, in order; a string gives its characters. */
  flatMap<U extends Element>(f: (element: T) => Iterable<U>): DStream<U> {
    return this.#derive(flatMapStream(this.node, f, callSite('flatMap', this.flatMap)))
  }
  /** The elements for which `f` holds. */
  filter<U extends T>(f: (element: T) => element is U): DStream<U>
  filter(f: (element: T) => unknown): DStream<T>
  filter(f: (element: T) => unknown): DStream<T> {
    return this.#derive(filterStream(this.node, f, callSite('filter', this.filter)))
  }
  /** The elements of both, one dataset after the other. */
  union(other: DStream<T>): DStream<T> {
    return this.#derive(unionStream([this.node, other.node], callSite('union', this.union)))
  }
  /** One element a batch: how many there were. */
  count(): DStream<number> {
    return this.#derive(countStream(this.node, callSite('count', this.count)))
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
    return this.#derive(transformStream<U>([this.node], ([rdd], time) => f(rdd as RDD<unknown> as RDD<T>, time), site))
  }

  // Stateless operators of pairs

  /** The same keys, each value replaced by what `f` returns for it. */
  mapValues<K, V, U extends Element>(this: DStream<[K, V]>, f: (value: V) => U): DStream<[K, U]> {
    return this.#derive(mapValuesStream(this.node, f, callSite('mapValues', this.mapValues)))
  }
  /** The same keys, once for each item that `f` returns for the value. */
  flatMapValues<K, V, U extends Element>(this: DStream<[K, V]>, f: (value: V) => Iterable<U>): DStream<[K, U]> {
    return this.#derive(flatMapValuesStream(this.node, f, callSite('flatMapValues', this.flatMapValues)))
  }
  /** One value per key and batch; `f` is associative, and not called for keys with a single value. */
  reduceByKey<K, V>(this: DStream<[K, V]>, f: Pairing<V>, numPartitions?: number): DStream<[K, V]> {
    const site = callSite('reduceByKey', this.reduceByKey)
    return this.#derive(reduceByKeyStream(this.node, { f, partitions: this.#partitions(numPartitions), site }))
  }
  /** All values of each key of a batch, in order, in one array. */
  groupByKey<K, V>(this: DStream<[K, V]>, numPartitions?: number): DStream<[K, V[]]> {
    const site = callSite('groupByKey', this.groupByKey)
    return this.#derive(groupByKeyStream(this.node, this.#partitions(numPartitions), site))
  }
  /** For each key of either stream in a batch, its values in both. */
  cogroup<K, V, W>(this: DStream<[K, V]>, other: DStream<[K, W]>, numPartitions?: number): DStream<[K, [V[], W[]]]> {
    const site = callSite('cogroup', this.cogroup)
    return this.#derive(cogroupStream([this.node, other.node], this.#partitions(numPartitions), site))
  }
  /** For each key of both streams in a batch, every pairing of its values. */
  join<K, V, W>(this: DStream<[K, V]>, other: DStream<[K, W]>, numPartitions?: number): DStream<[K, [V, W]]> {
    const site = callSite('join', this.join)
    return this.#derive(joinStream([this.node, other.node], this.#partitions(numPartitions), site))
  }

  // Operators with state

  /**
   * The state of every key, updated in every batch: `f` gets a key's values in the batch and its state so far, and
   * returns the new state, or `undefined` to remove the key. It is called for keys without values, too.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const counts = ones.updateStateByKey<number>((ones, count = 0) => count + ones.length)
   * counts // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  updateStateByKey<S>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: UpdateFunction<ValueOf<T>, S>,
    options: number | UpdateStateOptions<KeyOf<T>, S> = {},
  ): DStream<[KeyOf<T>, S]> {
    const { numPartitions, initialState } = typeof options === 'number' ? { numPartitions: options } : options
    const site = callSite('updateStateByKey', this.updateStateByKey)
    const update = { f, partitions: this.#partitions(numPartitions), initialState, site }
    return this.#derive(updateStateByKeyStream<KeyOf<T>, ValueOf<T>, S>(this.node, update))
  }

  /**
   * Each key's values over the last `window`, every `slide`; both are multiples of this stream's slide. With `inverse`,
   * which undoes `f`, a window is carried on instead of merged again, and keys stay until `filterFunc` drops them.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const recent = ones.reduceByKeyAndWindow((a, b) => a + b, seconds(2))
   * recent // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * const carried = ones.reduceByKeyAndWindow((a, b) => a + b, (a, b) => a - b, seconds(2), seconds(2))
   * carried // [[['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    window: Duration,
    slide?: Duration,
    numPartitions?: number,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    inverse: Pairing<V>,
    window: Duration,
    slide?: Duration,
    numPartitions?: number,
    filterFunc?: (pair: [K, V]) => unknown,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V>(this: DStream<[K, V]>, f: Pairing<V>, ...rest: readonly unknown[]): DStream<[K, V]> {
    const site = callSite('reduceByKeyAndWindow', this.reduceByKeyAndWindow)
    const inverse = typeof rest[0] === 'function' ? (rest[0] as Pairing<V>) : undefined
    const [window, slide, numPartitions, filter] = (inverse ? rest.slice(1) : rest) as WindowArguments<K, V>
    const stream = inverse ? 'ReducedWindowedDStream' : 'windowed DStream'
    const durations = windowDurations(this.node, { window, slide }, stream)
    const reduction = { f, partitions: this.#partitions(numPartitions), site }
    return this.#derive(
      inverse
        ? reduceByKeyAndInverseWindowStream(this.node, { ...reduction, inverse, filter }, durations)
        : reduceByKeyAndWindowStream(this.node, reduction, durations),
    )
  }

  // Output operations

  /** Prints the first `num` elements of every batch, 10 by default, below a header with the batch time. */
  print(num = 10, options: OutputOptions = {}): void {
    this.graph.addOutput(printOutput(this.node, num, { ...options, site: callSite('print', this.print) }))
  }
  /**
   * Writes each batch that has elements as lines of text to the directory `prefix-TIME_MS[.suffix]`.
   *
   * @example
   * ```ts
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * // The first batch writes data/counts-1000.txt/part-00000 and so on, and _SUCCESS when all is there.
   * counts.saveAsTextFiles('data/counts', 'txt')
   * ```
   */
  saveAsTextFiles(prefix: string, suffix = '', options: OutputOptions = {}): void {
    const site = callSite('saveAsTextFiles', this.saveAsTextFiles)
    this.graph.addOutput(textFilesOutput(this.node, { prefix, suffix }, { ...options, site }))
  }
  /**
   * Calls `f` with every batch's dataset, an empty one too; `output.token()` makes its side effects idempotent.
   *
   * @example
   * ```ts
   * const counted = new Map<string, number>()
   * words.foreachRDD(async (rdd, time, output) => {
   *   counted.set(`${output.token()} at ${time}`, await rdd.count())
   * })
   * ```
   */
  foreachRDD(f: ForeachFunction<T>, options: OutputOptions = {}): void {
    this.graph.addOutput(foreachOutput(this.node, f, { ...options, site: callSite('foreachRDD', this.foreachRDD) }))
  }

  #derive<U>(node: StreamNode<U>): DStream<U> {
    return new DStream(this.graph, this.graph.add(node), this.#defaultPartitions)
  }
  #partitions(numPartitions: number | undefined): number {
    return numPartitions ?? this.#defaultPartitions
  }
}

type WindowArguments<K, V> = readonly [Duration, Duration?, number?, ((pair: [K, V]) => unknown)?]
