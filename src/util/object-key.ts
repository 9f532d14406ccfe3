import { SluiceError } from './errors.ts'

/** What S3 permits; every store keeps to it, so that a checkpoint can move from one to another. */
const MAX_KEY_BYTES = 1024

/**
 * Refuses what is no key of an object store: empty, absolute, longer than 1,024 bytes, with empty, `.` or `..` segments,
 * NUL or broken Unicode. Rejecting `..` here is what keeps keys inside the place that a store was opened for.
 */
export function assertObjectKey(key: string): void {
  if (key === '') throw badKey('an object needs a name', key)
  assertSegments(key.split('/'), key)
}

/** Refuses prefixes that no key can begin with; the last segment may be a part of one, or empty. */
export function assertKeyPrefix(prefix: string): void {
  const segments = prefix.split('/')
  const partial = segments.pop() ?? ''
  assertSegments(segments, prefix)
  assertText(partial, prefix)
}

/** Whether it is how consoles draw a folder, or the place of a store itself: what readers of files pass over, also with bytes in it. */
export function isFolderKey(key: string): boolean {
  return key === '' || key.endsWith('/')
}

function assertSegments(segments: readonly string[], key: string): void {
  for (const segment of segments) {
    if (segment === '') throw badKey('it may not begin or end with "/" nor have "//" in it', key)
    if (segment === '.' || segment === '..') throw badKey('"." and ".." are no names of objects', key)
  }
  assertText(key, key)
}

function assertText(text: string, key: string): void {
  if (text.includes('\0')) throw badKey('it holds a NUL character', key)
  if (/\p{Surrogate}/u.test(text)) throw badKey('it holds half a surrogate pair, which has no UTF-8 form', key)
  if (isTooLong(text)) throw badKey(`it is over ${MAX_KEY_BYTES} bytes long`, key)
}

/** A character of a string is at most three bytes, so that most keys need not be encoded to know. */
function isTooLong(text: string): boolean {
  return 3 * text.length > MAX_KEY_BYTES && new TextEncoder().encode(text).length > MAX_KEY_BYTES
}

export function badKey(reason: string, key: string): SluiceError {
  const shown = JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key)
  return new SluiceError({
    code: 'bad-key',
    kind: 'invalid',
    message: `Not a name for an object; ${reason}: ${shown}`,
  })
}
