import { UsageError } from './usage-error.ts'

/** `--set key=value`, given any number of times, as one object of texts; the application's `params` make of them what they are. */
export function addSetting(text: string, settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new UsageError(`--set takes key=value, as in --set in=./texts, not '${text}'`)
  const key = text.slice(0, equals)
  if (Object.hasOwn(settings, key)) throw new UsageError(`--set ${key}=… is given twice; keep one of them`)
  return { ...settings, [key]: text.slice(equals + 1) }
}

export function batchCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new UsageError(`--batches takes a whole number from 1, as in --batches 10, not '${text}'`)
}

export function batchTime(text: string): number {
  const ms = Number(text)
  if (text !== '' && Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new UsageError(`A time is given in milliseconds since the epoch, as in 1700000000000, not '${text}'`)
}

/** Whole as `--start 0`: Z of a new checkpoint. */
export const startTime = batchTime
