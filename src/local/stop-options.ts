import type { SparkConf } from '../rdd/spark-conf.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import type { Duration } from '../util/time.ts'

/** How to stop. */
export interface StopOptions {
  /** Whether the SparkContext stops, too: by default as `spark.streaming.stopSparkContextByDefault` says, true. */
  readonly stopSparkContext?: boolean | undefined
  /** Whether everything received is finished first, within `spark.streaming.gracefulStopTimeout`. */
  readonly stopGracefully?: boolean | undefined
}

const STOP_FORM: OptionsForm<StopOptions> = {
  example: 'ssc.stop({ stopGracefully: true })',
  names: { stopSparkContext: true, stopGracefully: true },
}

/** Options, or Spark's two arguments. */
export type StopArguments = readonly [first?: StopOptions | boolean, stopGracefully?: boolean]

/** What is to be stopped, and how. */
export interface Stopping {
  readonly stopSparkContext: boolean
  readonly stopGracefully: boolean
}

/** As the arguments and else the settings say. */
export function stopping([first = {}, gracefully]: StopArguments, conf: SparkConf): Stopping {
  const given = typeof first === 'boolean' ? { stopSparkContext: first, stopGracefully: gracefully } : first
  const byDefault = conf.getBoolean('spark.streaming.stopSparkContextByDefault')
  const { stopSparkContext = byDefault, stopGracefully = false } = optionObject(given, 'stop', STOP_FORM)
  return { stopSparkContext, stopGracefully }
}

/** How long a graceful stop may take: ten batches, if nobody says. */
export function gracefulStopTimeoutMs(conf: SparkConf, batchInterval: Duration): number {
  const otherwise = 10 * batchInterval.milliseconds
  return conf.getMilliseconds('spark.streaming.gracefulStopTimeout', otherwise) ?? otherwise
}
