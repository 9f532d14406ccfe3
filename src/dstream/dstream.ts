import { callSite } from '../rdd/call-site.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { Duration } from '../util/time.ts'
import type { Batch } from './batch.ts'
import { OutputOperations } from './facade/output-operations.ts'
import type { Graph } from './graph.ts'
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
export class DStream<T> extends OutputOperations<T> {
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
  getOrCompute(batch: Batch): Promise<RDD<T> | undefined> {
    return batch.of(this.node)
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
