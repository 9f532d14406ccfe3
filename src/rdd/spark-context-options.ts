import type { Storage } from '../ports/object-store.ts'
import type { OptionsForm } from '../util/option-object.ts'
import type { Executor } from './executor.ts'
import type { Gunzip } from './formats/gunzip.ts'
import type { Properties } from './local-properties.ts'
import type { PipeThrough } from './nodes/pipe.ts'
import type { ShuffleStore } from './shuffle-store.ts'
import type { SparkConf } from './spark-conf.ts'

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
  /** The application's name, `sluice` by default. */
  readonly appName?: string | undefined
  /** Settings by their `spark.*` keys: name and default parallelism are read from it where they are not given. */
  readonly conf?: SparkConf | undefined
  /** Properties that jobs begin with. */
  readonly localProperties?: Properties | undefined
  /** Opens the places that files are read from and written to; without it, neither is possible. */
  readonly storage?: Storage | undefined
  /** Whether actions that save files refuse a directory that holds any; true by default, and false within batches. */
  readonly validateOutputSpecs?: boolean | undefined
  /** What takes `.gz` files apart; by default what every platform has, which refuses files of several members. */
  readonly gunzip?: Gunzip | undefined
  /** What `rdd.pipe` starts processes with; without it, that is refused. */
  readonly pipeThrough?: PipeThrough | undefined
}

export const SPARK_CONTEXT_FORM: OptionsForm<SparkContextOptions> = {
  example: 'new SparkContext({ defaultParallelism: 4 })',
  names: {
    defaultParallelism: true,
    seed: true,
    signal: true,
    executor: true,
    shuffles: true,
    appName: true,
    conf: true,
    localProperties: true,
    storage: true,
    validateOutputSpecs: true,
    gunzip: true,
    pipeThrough: true,
  },
}
