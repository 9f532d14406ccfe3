import { SluiceError } from '../util/errors.ts'
import { timeTextMs } from '../util/time-text.ts'
import { type SettingType, STREAMING_SETTINGS } from './streaming-settings.ts'

/** Settings as an object: `{ 'spark.default.parallelism': 4 }`. */
export type Settings = Readonly<Record<string, string | number | boolean>>

const PARALLELISM = 'spark.default.parallelism'

/**
 * Settings by key, as texts (Spark's `SparkConf`). Known keys are checked when they are set: refused with code `bad-setting`.
 *
 * @example
 * ```ts
 * const conf = new SparkConf().setMaster('local[2]').setAppName('word-count').set('spark.streaming.blockInterval', '1s')
 * conf.get('spark.app.name') // 'word-count'
 * conf.get('spark.ui.port', '4040') // '4040'
 * conf.getOption('spark.ui.port') // undefined
 * conf.contains('spark.master') // true
 * conf.getMilliseconds('spark.streaming.blockInterval') // 1000
 * conf.getNumber('spark.streaming.backpressure.pid.minRate') // 100
 * conf.getBoolean('spark.streaming.stopSparkContextByDefault') // true
 *
 * const other = conf.clone().setAll({ 'spark.default.parallelism': 4 }).remove('spark.master')
 * other.setIfMissing('spark.app.name', 'unnamed').getAll().length // 3
 * conf.set('spark.streaming.blockInterval', 'soon') // throws 'bad-setting'
 * conf.get('spark.ui.port') // throws 'no-such-setting'
 * ```
 */
export class SparkConf {
  readonly #settings = new Map<string, string>()

  constructor(settings: Settings = {}) {
    this.setAll(settings)
  }

  /** Sets a key; `undefined` and null are refused. */
  set(key: string, value: string | number | boolean): this {
    if (value === undefined || value === null) throw badSetting(key, value, 'some value')
    checked(key, String(value))
    this.#settings.set(key, String(value))
    return this
  }
  /** Sets every key of an object. */
  setAll(settings: Settings): this {
    for (const [key, value] of Object.entries(settings)) this.set(key, value)
    return this
  }
  /** Sets a key that has no value yet. */
  setIfMissing(key: string, value: string | number | boolean): this {
    return this.contains(key) ? this : this.set(key, value)
  }
  /** What the application's checkpoint, metrics and logs are filed under. */
  setAppName(name: string): this {
    return this.set('spark.app.name', name)
  }
  /** Accepted, as programs for Spark call it; everything runs in this process. */
  setMaster(master: string): this {
    return this.set('spark.master', master)
  }
  /** Forgets a key. */
  remove(key: string): this {
    this.#settings.delete(key)
    return this
  }
  /** The text that was set, else `fallback`, else refused with code `no-such-setting`. */
  get(key: string, fallback?: string): string {
    const value = this.#settings.get(key) ?? fallback
    if (value !== undefined) return value
    throw new SluiceError({
      code: 'no-such-setting',
      kind: 'invalid',
      message: `This setting has no value; set it, or ask with a default: ${key}`,
    })
  }
  /** The text that was set, `undefined` if none was. */
  getOption(key: string): string | undefined {
    return this.#settings.get(key)
  }
  /** What was set, else the default of a known key, else `fallback`. */
  getBoolean(key: string, fallback = false): boolean {
    const value = this.#value(key, 'boolean')
    return typeof value === 'boolean' ? value : fallback
  }
  /** What was set, else the default of a known key, else `fallback`. */
  getNumber(key: string, fallback?: number): number | undefined {
    const value = this.#value(key, 'number')
    return typeof value === 'number' ? value : fallback
  }
  /** A time in milliseconds: what was set, else the default of a known key, else `fallback`. */
  getMilliseconds(key: string, fallback?: number): number | undefined {
    const value = this.#value(key, 'ms')
    return typeof value === 'number' ? value : fallback
  }
  /** Whether the key has been set. */
  contains(key: string): boolean {
    return this.#settings.has(key)
  }
  /** Every key that has been set, with its text. */
  getAll(): [string, string][] {
    return [...this.#settings]
  }
  /** A copy that goes its own way. */
  clone(): SparkConf {
    return new SparkConf(Object.fromEntries(this.#settings))
  }
  /** A key and its text a line, in order of the keys. */
  toDebugString(): string {
    return this.getAll()
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join('\n')
  }

  /** In the unit of the key's own type, times in milliseconds. */
  #value(key: string, otherwise: SettingType): boolean | number | string | undefined {
    const text = this.#settings.get(key)
    const known = Object.hasOwn(STREAMING_SETTINGS, key) ? STREAMING_SETTINGS[key] : undefined
    const type = known?.type ?? otherwise
    if (text !== undefined) return parsed(key, text, type)
    return type === 's' && typeof known?.default === 'number' ? known.default * 1_000 : known?.default
  }
}

/** `spark.default.parallelism`, if it was set on purpose. */
export function configuredParallelism(conf: SparkConf): number | undefined {
  return conf.contains(PARALLELISM) ? conf.getNumber(PARALLELISM) : undefined
}

function checked(key: string, text: string): void {
  if (key.trim() === '') throw badSetting(key, text, 'a key')
  const known = Object.hasOwn(STREAMING_SETTINGS, key) ? STREAMING_SETTINGS[key] : undefined
  if (known !== undefined) parsed(key, text, known.type)
}

const EXPECTED: Readonly<Record<SettingType, string>> = {
  boolean: 'true or false',
  ms: 'a time, as in 200ms, 30s or 5min',
  s: 'a time, as in 200ms, 30s or 5min',
  integer: 'a whole number from 0',
  number: 'a number',
  text: 'a text',
}

function parsed(key: string, text: string, type: SettingType): boolean | number | string {
  const value = parse(text.trim(), type)
  if (value === undefined) throw badSetting(key, text, EXPECTED[type])
  return value
}

function parse(text: string, type: SettingType): boolean | number | string | undefined {
  switch (type) {
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined
    case 'integer':
      return /^\d+$/.test(text) ? Number(text) : undefined
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'text':
      return text
    default: {
      const ms = timeTextMs(text, type)
      return ms === undefined || ms < 0 ? undefined : ms
    }
  }
}

function badSetting(key: string, value: unknown, expected: string): SluiceError {
  return new SluiceError({
    code: 'bad-setting',
    kind: 'invalid',
    message: `The setting ${key} must be ${expected}: ${String(value) || "''"}`,
  })
}
