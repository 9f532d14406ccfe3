import type { RunJob } from './job.ts'
import type { RDD } from './rdd.ts'

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
  /** The number of the next dataset. */
  newRddId(): number
  /** A seed for whatever is random and was given none: the next one of this batch, the same in every run of it. */
  nextSeed(): number
  /** Runs `task` on each partition, an array; results come in the order of the partitions. */
  runJob<T, R>(rdd: RDD<T>, task: (records: T[], partition: number) => R | Promise<R>): Promise<R[]>
  /** Runs a job on a dataset's recipe: what actions are made of. */
  readonly run: RunJob
  /** Jobs that have begun and not ended. */
  readonly jobsUnderWay: number
}
