import { type Executor, InProcessExecutor } from './executor.ts'
import { JobRunner, type RunJob } from './job.ts'
import { collectPartition } from './nodes/map-partitions.ts'
import { parallelizeNode } from './nodes/source.ts'
import { unionNode } from './nodes/union.ts'
import { checkPartitions } from './partitioner.ts'
import { RDD } from './rdd.ts'
import type { RDDContext } from './rdd-context.ts'
import { MemoryShuffleStore, type ShuffleStore } from './shuffle-store.ts'

/** What a context can be told. */
export interface SparkContextOptions {
  /** Spark's `spark.default.parallelism`. */
  readonly defaultParallelism?: number | undefined
  /** Where seeds that nobody gives come from; 0 unless it is set. */
  readonly seed?: number | undefined
  /** Ends every job when it is aborted. */
  readonly signal?: AbortSignal | undefined
  readonly executor?: Executor
  readonly shuffles?: ShuffleStore
}

/**
 * Makes datasets and runs jobs on them. One per batch: what its jobs shuffled is kept until it is dropped.
 *
 * @example
 * ```ts
 * const sc = new SparkContext({ defaultParallelism: 2 })
 * const words = sc.parallelize(['row', 'your', 'boat'])
 * await words.count() // 3
 * words.glom() // [['row'], ['your', 'boat']]
 * sc.union([words, sc.makeRDD(['ashore'])]) // ['row', 'your', 'boat', 'ashore']
 * sc.emptyRDD<string>() // []
 * await sc.runJob(words, (part) => part.length) // [1, 2]
 * sc.jobsUnderWay // 0
 * sc.nextSeed() // 0
 * sc.parallelize(['row'], 0) // throws 'bad-partition-count'
 * ```
 */
export class SparkContext implements RDDContext {
  readonly defaultParallelism: number
  readonly configuredParallelism: number | undefined
  readonly signal: AbortSignal
  readonly run: RunJob
  readonly #runner: JobRunner
  #rdds = 0
  #seed: number

  constructor(options: SparkContextOptions = {}) {
    const { defaultParallelism, signal = new AbortController().signal } = options
    const { executor = new InProcessExecutor(), shuffles = new MemoryShuffleStore() } = options
    this.#runner = new JobRunner({ executor, shuffles, signal })
    this.defaultParallelism = checkPartitions(defaultParallelism ?? 2)
    this.configuredParallelism = defaultParallelism
    this.signal = signal
    this.#seed = options.seed ?? 0
    this.run = (request) => this.#runner.run(request)
  }

  /** Jobs that have begun and not ended. */
  get jobsUnderWay(): number {
    return this.#runner.jobsUnderWay
  }

  /** The number of the next dataset. */
  newRddId(): number {
    return this.#rdds++
  }

  /** A seed for whatever is random and was given none; they follow from the context's own. */
  nextSeed(): number {
    return this.#seed++
  }

  /** A dataset of the elements in `numPartitions` slices; refuses a bad number with code `bad-partition-count`. */
  parallelize<T>(elements: Iterable<T>, numPartitions: number = this.defaultParallelism): RDD<T> {
    const array = Array.isArray(elements) ? elements : [...elements]
    return new RDD(this, parallelizeNode<T>(array, checkPartitions(numPartitions)))
  }

  /** The same as `parallelize`. */
  makeRDD<T>(elements: Iterable<T>, numPartitions?: number): RDD<T> {
    return this.parallelize(elements, numPartitions)
  }

  /** A dataset without partitions. */
  emptyRDD<T>(): RDD<T> {
    return this.union<T>([])
  }

  /** The partitions of all datasets, one after the other. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    return new RDD(this, unionNode(rdds.map((rdd) => rdd.node)))
  }

  /** Runs `f` on each partition, an array; results come in the order of the partitions. */
  runJob<T, R>(rdd: RDD<T>, f: (records: T[], partition: number) => R | Promise<R>): Promise<R[]> {
    const { node } = rdd
    return this.run({
      node,
      task: async (partition, task) => f(await collectPartition(node, partition, task), partition),
    })
  }
}
