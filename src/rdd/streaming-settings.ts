/** What a setting may be: times take a unit (`200ms`, `30s`), and without one the unit that stands here. */
export type SettingType = 'boolean' | 'ms' | 's' | 'integer' | 'number' | 'text'

/** A setting that programs for Spark make. */
export interface Setting {
  readonly type: SettingType
  /** In the unit of its type; absent: there is none, or it depends on others (`effect` says so). */
  readonly default?: boolean | number | string
  /** What it does here; absent: it is accepted, so that programs run unchanged, and does nothing, for the reason in `instead`. */
  readonly effect?: string
  /** What takes the place of a setting without effect. */
  readonly instead?: string
}

const BOUNDED_PLANS = 'plans are bounded by what an invocation can hold and finish'
const DURABLE = 'received blocks and batches are always durable before they count'
const NO_KAFKA = 'there is no source that reads Kafka'
const NO_CLUSTER = 'there are no executors to add or remove'

/**
 * Every key that Sluice knows, with its default. Others that begin with `spark.` are kept, without effect.
 *
 * @example
 * ```ts
 * STREAMING_SETTINGS['spark.streaming.blockInterval'] !== undefined // true
 * ```
 */
export const STREAMING_SETTINGS: Readonly<Record<string, Setting>> = {
  'spark.app.name': { type: 'text', effect: 'the name of the application, which its checkpoint is filed under' },
  'spark.master': { type: 'text', instead: 'everything runs in this process' },
  'spark.default.parallelism': { type: 'integer', default: 2, effect: 'partitions of operators that were given none' },
  'spark.streaming.backpressure.enabled': { type: 'boolean', default: false, instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.initialRate': { type: 'number', instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.rateEstimator': { type: 'text', default: 'pid', instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.pid.proportional': { type: 'number', default: 1, instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.pid.integral': { type: 'number', default: 0.2, instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.pid.derived': { type: 'number', default: 0, instead: BOUNDED_PLANS },
  'spark.streaming.backpressure.pid.minRate': { type: 'number', default: 100, instead: BOUNDED_PLANS },
  'spark.streaming.blockInterval': { type: 'ms', default: 200, effect: 'how long a receiver gathers a block' },
  'spark.streaming.blockQueueSize': { type: 'integer', default: 10, effect: 'blocks that may wait to be stored' },
  'spark.streaming.checkpoint.directory': {
    type: 'text',
    effect: 'what `checkpoint(directory)` would be called with',
  },
  'spark.streaming.clock': { type: 'text', instead: 'tests bring a clock of their own' },
  'spark.streaming.concurrentJobs': { type: 'integer', default: 1, instead: 'batches run one after the other' },
  'spark.streaming.driver.writeAheadLog.allowBatching': { type: 'boolean', default: true, instead: DURABLE },
  'spark.streaming.driver.writeAheadLog.batchingTimeout': { type: 'ms', default: 5_000, instead: DURABLE },
  'spark.streaming.driver.writeAheadLog.class': { type: 'text', instead: DURABLE },
  'spark.streaming.driver.writeAheadLog.closeFileAfterWrite': { type: 'boolean', default: false, instead: DURABLE },
  'spark.streaming.driver.writeAheadLog.maxFailures': { type: 'integer', default: 3, instead: DURABLE },
  'spark.streaming.driver.writeAheadLog.rollingIntervalSecs': { type: 'integer', default: 60, instead: DURABLE },
  'spark.streaming.dynamicAllocation.enabled': { type: 'boolean', default: false, instead: NO_CLUSTER },
  'spark.streaming.fileStream.minRememberDuration': {
    type: 's',
    default: 60,
    instead: 'a file stream goes by what it has read, not by modification times',
  },
  'spark.streaming.gracefulStopTimeout': {
    type: 'ms',
    effect: 'how long a graceful stop may take; 10 batch intervals by default',
  },
  'spark.streaming.kafka.consumer.cache.enabled': { type: 'boolean', default: true, instead: NO_KAFKA },
  'spark.streaming.kafka.maxRatePerPartition': { type: 'number', default: 0, instead: NO_KAFKA },
  'spark.streaming.kafka.minRatePerPartition': { type: 'number', default: 1, instead: NO_KAFKA },
  'spark.streaming.manualClock.jump': { type: 'ms', default: 0, instead: 'tests bring a clock of their own' },
  'spark.streaming.minRememberDuration': {
    type: 's',
    default: 60,
    instead: 'a file stream goes by what it has read, not by modification times',
  },
  'spark.streaming.receiver.blockStoreTimeout': { type: 's', default: 30, instead: 'a store takes the time it takes' },
  'spark.streaming.receiver.maxRate': { type: 'number', effect: 'records a second that a receiver takes at most' },
  'spark.streaming.receiver.writeAheadLog.class': { type: 'text', instead: DURABLE },
  'spark.streaming.receiver.writeAheadLog.closeFileAfterWrite': { type: 'boolean', default: false, instead: DURABLE },
  'spark.streaming.receiver.writeAheadLog.enable': { type: 'boolean', default: false, instead: DURABLE },
  'spark.streaming.receiver.writeAheadLog.maxFailures': { type: 'integer', default: 3, instead: DURABLE },
  'spark.streaming.receiver.writeAheadLog.rollingIntervalSecs': { type: 'integer', default: 60, instead: DURABLE },
  'spark.streaming.receiverRestartDelay': { type: 'ms', default: 2_000, effect: 'rest before a receiver starts again' },
  'spark.streaming.sessionByKey.deltaChainThreshold': {
    type: 'integer',
    default: 20,
    instead: 'state is a table with a changelog, not a chain of maps',
  },
  'spark.streaming.stopGracefullyOnShutdown': {
    type: 'boolean',
    default: false,
    effect: 'whether SIGINT and SIGTERM stop a StreamingContext gracefully',
  },
  'spark.streaming.stopSparkContextByDefault': {
    type: 'boolean',
    default: true,
    effect: 'whether `stop()` stops the SparkContext, too',
  },
  'spark.streaming.ui.retainedBatches': {
    type: 'integer',
    default: 1_000,
    effect: 'batches that a StreamingJobProgressListener keeps',
  },
  'spark.streaming.unpersist': { type: 'boolean', default: true, instead: 'datasets end with their batch' },
}
