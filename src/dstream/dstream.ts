import { callSite } from '../rdd/call-site.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import type { RDD } from '../rdd/rdd.ts'
import { StorageLevel } from '../rdd/storage-level.ts'
import { Interval } from '../util/interval.ts'
import type { Duration, Time } from '../util/time.ts'
import type { Batch } from './batch.ts'
import { OutputOperations } from './facade/output-operations.ts'
import type { Graph } from './graph.ts'
import { notInitialised } from './not-initialised.ts'
import { stateSnapshotsStream } from './operators/map-with-state.ts'
import type { StreamNode } from './stream-node.ts'

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
 * words.countByValue() // [[['row', 2]], [['row', 1], ['your', 1], ['boat', 1]]]
 * words.reduce((a, b) => `${a} ${b}`) // [['row row'], ['row your boat']]
 * words.mapPartitions((words) => [words.length]).reduce((a, b) => a + b) // [[2], [3]]
 * words.countByWindow(seconds(2), seconds(1)) // [[2], [5]]
 * words.countByValueAndWindow(seconds(2), seconds(1)) // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
 * words.cache().count() // [[2], [3]]
 * words.repartition(1).glom() // [[['row', 'row']], [['row', 'your', 'boat']]]
 * lines.union(words).count() // [[3], [4]]
 *
 * const ones = words.map((word) => [word, 1])
 * const counts = ones.reduceByKey((a, b) => a + b) // [[['row', 2]], [['row', 1], ['your', 1], ['boat', 1]]]
 * counts.mapValues((count) => -count) // [[['row', -2]], [['row', -1], ['your', -1], ['boat', -1]]]
 * counts.flatMapValues((count) => (count > 1 ? ['often'] : [])) // [[['row', 'often']], []]
 * ones.groupByKey() // [[['row', [1, 1]]], [['row', [1]], ['your', [1]], ['boat', [1]]]]
 * ones.groupByKeyAndWindow(seconds(2)) // [[['row', [1, 1]]], [['row', [1, 1, 1]], ['your', [1]], ['boat', [1]]]]
 *
 * const rows = counts.filter(([word]) => word === 'row')
 * counts.join(rows) // [[['row', [2, 2]]], [['row', [1, 1]]]]
 * counts.leftOuterJoin(rows) // [[['row', [2, 2]]], [['row', [1, 1]], ['your', [1, undefined]], ['boat', [1, undefined]]]]
 * rows.rightOuterJoin(counts).count() // [[1], [3]]
 * rows.fullOuterJoin(counts).count() // [[1], [3]]
 * rows.cogroup(rows) // [[['row', [[2], [2]]]], [['row', [[1], [1]]]]]
 *
 * words.slideDuration // seconds(1)
 * words.dependencies // [lines.node]
 * counts.print()
 * ```
 */
export class DStream<T> extends OutputOperations<T> {
  /**
   * Names the operator, so that its state or position survives changes of the code around it. Refuses what is not 1 to
   * 100 letters, digits, `_` and `-`, or is `__proto__`, with code `bad-uid`.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * ones.updateStateByKey<number>((ones, count = 0) => count + ones.length).uid('counts').print()
   * ```
   */
  uid(name: string): this {
    this.graph.nameNode(this.node.named ?? this.node, name)
    return this
  }
  /**
   * Keeps each dataset in memory while its batch lasts, so that several outputs compute it once: to be said of a stream that
   * branches. Of levels that serialise in Spark, as the default here, `MEMORY_ONLY_SER`, does, each reader gets elements of its own
   * (copies of data, objects of classes as they are); of others only actions give copies. Else levels are alike but for their name.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1]).persist(StorageLevel.MEMORY_ONLY)
   * ones.count() // [[2], [3]]
   * ```
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY_SER): this {
    this.graph.setStorageLevel(this.node, level, callSite('persist', this.persist))
    return this
  }
  /** The same as `persist()`. */
  cache(): this {
    this.graph.setStorageLevel(this.node, StorageLevel.MEMORY_ONLY_SER, callSite('cache', this.cache))
    return this
  }
  /**
   * How often the stream's data is checkpointed: a multiple of its slide. State is durable with every batch here; what the
   * interval decides is when `mapWithState` looks for keys that have timed out. Refused with code `bad-checkpoint-interval`.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * ones.updateStateByKey<number>((ones, count = 0) => count + ones.length).checkpoint(seconds(5)).print()
   * ```
   */
  checkpoint(interval: Duration): this {
    this.graph.setCheckpointInterval(this.node, interval, callSite('checkpoint', this.checkpoint))
    return this
  }
  /** The dataset of a batch, made once whoever asks; `undefined` for none. */
  async getOrCompute(batch: Batch): Promise<RDD<T> | undefined> {
    return batch.of(this.node)
  }

  /**
   * The datasets of all batches from one time to another, both inclusive, or of an interval: of those that were, and of those
   * that are still to come. Refused with code `not-initialized` while nothing runs the stream.
   *
   * @example
   * ```ts
   * words.slice(new Time(0), new Time(1000)) // throws 'not-initialized'
   * words.slice(new Interval(new Time(0), new Time(1000))) // throws 'not-initialized'
   * ```
   */
  slice(interval: Interval): Promise<RDD<T>[]>
  slice(from: Time, to: Time): Promise<RDD<T>[]>
  async slice(from: Time | Interval, to?: Time): Promise<RDD<T>[]> {
    const { slicer } = this.graph
    if (slicer === undefined) throw notInitialised(this.node)
    const [begin, end] = from instanceof Interval ? [from.beginTime, from.endTime] : [from, to ?? from]
    return slicer.slice(this.node, begin, end)
  }

  protected derive<U>(node: StreamNode<U>): DStream<U> {
    return new DStream(this.graph, this.graph.add(node), this.defaultPartitions)
  }

  protected deriveWithState<K, S, E>(node: StreamNode<E>, partitioner: Partitioner): MapWithStateDStream<K, S, E> {
    return new MapWithStateDStream(this.graph, this.graph.add(node), {
      partitions: this.defaultPartitions,
      partitioner,
    })
  }
}

/**
 * What `mapWithState` gives: its results, and the state behind them.
 *
 * @example
 * ```ts
 * const spec = StateSpec.function((word: string, one: number | undefined, state: State<number>) => {
 *   if (!state.isTimingOut()) state.update((state.getOption() ?? 0) + (one ?? 0))
 *   return word
 * })
 * const seen = words.map((word) => [word, 1]).mapWithState(spec) // [['row', 'row'], ['row', 'your', 'boat']]
 * seen instanceof MapWithStateDStream // true
 * seen.checkpoint(seconds(5)).stateSnapshots() // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
 * ```
 */
export class MapWithStateDStream<K, S, E> extends DStream<E> {
  readonly #partitioner: Partitioner

  constructor(
    graph: Graph,
    node: StreamNode<E>,
    { partitions, partitioner }: { readonly partitions: number; readonly partitioner: Partitioner },
  ) {
    super(graph, node, partitions)
    this.#partitioner = partitioner
  }

  /** Every key with its state, in every batch, whether the batch has records of it or not. */
  stateSnapshots(): DStream<[K, S]> {
    const site = callSite('stateSnapshots', this.stateSnapshots)
    return this.derive(stateSnapshotsStream<K, S>(this.node, this.#partitioner, site))
  }
}
