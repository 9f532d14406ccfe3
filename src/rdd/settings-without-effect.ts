import type { SparkConf } from './spark-conf.ts'
import { STREAMING_SETTINGS } from './streaming-settings.ts'

/** A setting that was made and does nothing here. */
export interface IdleSetting {
  readonly key: string
  /** What takes its place; `undefined`: nobody knows the key, which may be misspelt. */
  readonly instead: string | undefined
}

/** The `spark.streaming.*` keys that were set, to another value than their default, and do nothing. */
export function settingsWithoutEffect(conf: SparkConf): IdleSetting[] {
  return conf.getAll().flatMap(([key, value]) => {
    if (!key.startsWith('spark.streaming.')) return []
    const known = Object.hasOwn(STREAMING_SETTINGS, key) ? STREAMING_SETTINGS[key] : undefined
    const idle = known === undefined || (known.effect === undefined && value !== String(known.default))
    return idle ? [{ key, instead: known?.instead }] : []
  })
}
