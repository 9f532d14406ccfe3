import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from './usage-error.ts'

/** `--set key=value`, given any number of times, as one object of texts; the application's `params` make of them what they are. */
export function addSetting(text: string, settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new UsageError(`--set takes key=value, as in --set in=./texts, not '${text}'`)
  const key = text.slice(0, equals)
  if (Object.hasOwn(settings, key)) throw new UsageError(`--set ${key}=… is given twice; keep one of them`)
  return { ...settings, [key]: text.slice(equals + 1) }
}

/** As in `--batches 10`. */
export function batchCount(text: string): number {
  const count = wholeNumber(text)
  if (count !== undefined && count > 0) return count
  throw new UsageError(`A number of batches is a whole number from 1, as in 10, not '${text}'`)
}

/** As in `--incarnation 3`. */
export function incarnationNumber(text: string): number {
  const number = wholeNumber(text)
  if (number !== undefined && number > 0) return number
  throw new UsageError(`An incarnation is a whole number from 1, as in 3, not '${text}'`)
}

/** The last millisecond that a Date can be. */
const END_OF_TIME_MS = 8_640_000_000_000_000

/** As in `--batch 10000`. */
export function batchTime(text: string): number {
  const ms = wholeNumber(text)
  if (ms !== undefined && ms <= END_OF_TIME_MS) return ms
  throw new UsageError(
    `A time is given in whole milliseconds since the epoch, as in ${Date.UTC(2026, 0, 1)}, not '${text}'`,
  )
}

/** As in `--start 0`: Z of a new checkpoint. */
export const startTime = batchTime

/** As in `--checkpoint ./checkpoint`: the absolute path of a directory, which need not be there yet. */
export function checkpointDirectory(text: string): string {
  const path = localPath(text)
  if (path === undefined) {
    throw new UsageError(
      `--checkpoint takes a directory of this machine, as in --checkpoint ./checkpoint, not '${text}'`,
    )
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new UsageError(`--checkpoint takes a directory, and this is a file; choose another: ${text}`)
  }
  return path
}

function localPath(text: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return text.trim() === '' ? undefined : resolve(text)
  try {
    return scheme === 'file' ? fileURLToPath(text) : undefined
  } catch {
    return undefined // A URL of another host, or one that cannot be decoded.
  }
}

/** As in `--checkpoint s3://bucket/checkpoint`, or a directory as above. */
export function checkpointPlace(text: string): string {
  return isBucket(text) ? text : checkpointDirectory(text)
}

/** Whether a place is in the cloud. */
export function isBucket(place: string): boolean {
  return /^s3:\/\//i.test(place)
}

/** As in `--endpoint http://127.0.0.1:4566`. */
export function endpointUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new UsageError(`--endpoint takes the URL of an emulator, as in http://127.0.0.1:4566, not '${text}'`)
}

/** Digits and nothing else: `Number` also takes '1e3', '0x10' and blanks. */
function wholeNumber(text: string): number | undefined {
  const value = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined
}
