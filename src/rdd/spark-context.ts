import { type Executor, InProcessExecutor } from './executor.ts'
import { JobRunner } from './job.ts'
import type { Node } from './node.ts'
import { collectPartition } from './nodes/map-partitions.ts'
import { parallelizeNode, type SourceNodeOptions, sourceNode } from './nodes/source.ts'
import { unionNode } from './nodes/union.ts'
import { checkPartitions } from './partitioner.ts'
import { RDD, type SparkContext } from './rdd.ts'
import { MemoryShuffleStore, type ShuffleStore } from './shuffle-store.ts'

export interface SparkContextOptions {
  /** Spark's `spark.default.parallelism`. */
  readonly defaultParallelism?: number | undefined
  /** Ends every job when it is aborted. */
  readonly signal?: AbortSignal
  readonly executor?: Executor
  readonly shuffles?: ShuffleStore
}

/**
 * The context of one batch, or of an application's definition. What its jobs shuffled is kept until it is dropped.
 *
 * @example
 * ```ts
 * await createSparkContext().parallelize([1, 2, 3]).count() // 3
 * ```
 */
export function createSparkContext(options: SparkContextOptions = {}): SparkContext {
  const { defaultParallelism, signal = new AbortController().signal } = options
  const { executor = new InProcessExecutor(), shuffles = new MemoryShuffleStore() } = options
  const runner = new JobRunner({ executor, shuffles, signal })
  const make = <T>(node: Node<T>): RDD<T> => new RDD(context, node)
  const parallelize = <T>(elements: Iterable<T>, numPartitions?: number): RDD<T> => {
    const partitions = checkPartitions(numPartitions ?? context.defaultParallelism)
    return make(parallelizeNode(Array.isArray(elements) ? elements : [...elements], partitions))
  }
  const context: SparkContext = {
    defaultParallelism: checkPartitions(defaultParallelism ?? 2),
    configuredParallelism: defaultParallelism,
    signal,
    parallelize,
    makeRDD: parallelize,
    emptyRDD: <T>() => make(unionNode<T>([])),
    union: <T>(rdds: readonly RDD<T>[]) => make(unionNode(rdds.map((rdd) => rdd.node))),
    run: (request) => runner.run(request),
    runJob: (rdd, f) =>
      runner.run({
        node: rdd.node,
        task: async (partition, task) => f(await collectPartition(rdd.node, partition, task), partition),
      }),
  }
  return context
}

/** A dataset whose partitions are read from outside. */
export function sourceRDD<T>(sparkContext: SparkContext, options: SourceNodeOptions<T>): RDD<T> {
  return new RDD(sparkContext, sourceNode(options))
}
