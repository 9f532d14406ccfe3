import type { SettingsReader } from '../../ports/source.ts'
import { SparkConf } from '../../rdd/spark-conf.ts'
import { SluiceError } from '../../util/errors.ts'

export interface ReceiverSettings {
  readonly blockIntervalMs: number
  readonly blockQueueSize: number
  /** Records a second; absent: as many as come. */
  readonly maxRate: number | undefined
  readonly restartDelayMs: number
}

/** What `spark.streaming.*` says of receivers, with Spark's defaults. */
export function receiverSettings(settings: SettingsReader = new SparkConf()): ReceiverSettings {
  return {
    blockIntervalMs: aboveZero(
      'spark.streaming.blockInterval',
      settings.getMilliseconds('spark.streaming.blockInterval'),
    ),
    blockQueueSize: aboveZero('spark.streaming.blockQueueSize', settings.getNumber('spark.streaming.blockQueueSize')),
    maxRate: settings.getNumber('spark.streaming.receiver.maxRate'),
    restartDelayMs: settings.getMilliseconds('spark.streaming.receiverRestartDelay') ?? 2_000,
  }
}

function aboveZero(key: string, value: number | undefined): number {
  if (value !== undefined && value > 0) return value
  throw new SluiceError({
    code: 'bad-setting',
    kind: 'invalid',
    message: `'${key}' should be a positive value: ${value}`,
  })
}
