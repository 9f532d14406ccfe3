import type { Storage } from '../ports/object-store.ts'
import type { AccumulatorV2 } from './accumulators/accumulator.ts'
import type { CollectionAccumulator } from './accumulators/collection-accumulator.ts'
import type { DoubleAccumulator, LongAccumulator } from './accumulators/numeric-accumulators.ts'
import type { Broadcast } from './broadcast.ts'
import type { Element } from './element.ts'
import type { RunJob } from './job.ts'
import type { PipeThrough } from './nodes/pipe.ts'
import type { RDD } from './rdd.ts'
import type { SparkConf } from './spark-conf.ts'

/** What a dataset knows of its `SparkContext`. */
export interface RDDContext {
  /** The application's name. */
  readonly appName: string
  /** What the application is filed under. */
  readonly applicationId: string
  /** A copy of the settings. */
  getConf(): SparkConf
  /** Says something of the jobs to come; null takes it back. */
  setLocalProperty(key: string, value: string | null): void
  /** What was said of jobs. */
  getLocalProperty(key: string): string | undefined
  /** Says what the jobs to come do. */
  setJobDescription(description: string | null): void
  /** Names the jobs to come. */
  setJobGroup(groupId: string, description: string, interruptOnCancel?: boolean): void
  /** Takes group and description back. */
  clearJobGroup(): void
  /** Partitions of datasets that nobody gave a number; 2 unless set. */
  readonly defaultParallelism: number
  /** `defaultParallelism` if it was set on purpose. */
  readonly configuredParallelism: number | undefined
  /** Aborted at the batch's deadline; every job ends then. */
  readonly signal: AbortSignal
  /** A dataset of the elements of an array, cut into `numPartitions` slices. */
  parallelize<T extends Element>(elements: Iterable<T>, numPartitions?: number): RDD<T>
  /** The same as `parallelize`. */
  makeRDD<T extends Element>(elements: Iterable<T>, numPartitions?: number): RDD<T>
  /** A dataset without partitions. */
  emptyRDD<T>(): RDD<T>
  /** The whole numbers from `start` to before `end`. */
  range(start: number, end: number, step?: number, numSlices?: number): RDD<number>
  /** The lines of files. */
  textFile(path: string, minPartitions?: number): Promise<RDD<string>>
  /** Pairs of each file's URL and its text. */
  wholeTextFiles(path: string, minPartitions?: number): Promise<RDD<[string, string]>>
  /** Pairs of each file's URL and its bytes. */
  binaryFiles(path: string, minPartitions?: number): Promise<RDD<[string, Uint8Array]>>
  /** The records of files, `recordLength` bytes each. */
  binaryRecords(path: string, recordLength: number): Promise<RDD<Uint8Array>>
  /** The elements that `saveAsObjectFile` wrote. */
  objectFile<T>(path: string): Promise<RDD<T>>
  /** The pairs of SequenceFiles. */
  sequenceFile<K, V>(path: string): Promise<RDD<[K, V]>>
  /** Whether actions that save files refuse a directory that holds any; not within batches, which may run again. */
  readonly validateOutputSpecs: boolean
  /** Opens the places of files. */
  readonly storage: Storage
  /** What `rdd.pipe` starts processes with. */
  readonly pipeThrough: PipeThrough
  /** A value that every task reads. */
  broadcast<T>(value: T): Broadcast<T>
  /** Adds up whole numbers. */
  longAccumulator(name?: string): LongAccumulator
  /** Adds up numbers. */
  doubleAccumulator(name?: string): DoubleAccumulator
  /** Collects elements. */
  collectionAccumulator<T>(name?: string): CollectionAccumulator<T>
  /** Makes an accumulator of your own known to tasks. */
  register<IN, OUT>(accumulator: AccumulatorV2<IN, OUT>, name?: string): void
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
