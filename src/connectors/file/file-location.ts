import picomatch from 'picomatch'
import { SluiceError } from '../../util/errors.ts'

/** Where a file stream looks: a directory, or all directories below one that match a pattern. */
export interface FileLocation {
  /** The directory to open. */
  readonly base: string
  /** What the keys of everything that can match begin with. */
  readonly prefix: string
  /** Absent: the base itself is the one directory. */
  readonly pattern?: string
}

const SPECIAL = /(?<!\\)[*?[\]{}]/

/** Cuts a URL before its first segment that is a pattern: `file:///logs/node-?/in` is `node-?/in` below `file:///logs`. */
export function fileLocation(url: string): FileLocation {
  const trimmed = url.replace(/(?<=[^:/])\/+$/, '')
  const special = trimmed.search(SPECIAL)
  if (special < 0) return { base: unescaped(trimmed), prefix: '' }
  const slash = trimmed.lastIndexOf('/', special)
  const base = trimmed.slice(0, slash + 1)
  if (/^[a-z0-9]+:\/\/\/?$/i.test(base)) {
    throw new SluiceError({
      code: 'glob-in-bucket',
      kind: 'invalid',
      message: `The pattern of a file stream must come after the bucket or the root directory: ${url}`,
    })
  }
  const pattern = trimmed.slice(slash + 1)
  const prefix = unescaped(pattern.slice(0, pattern.search(SPECIAL)))
  return { base: base.length > 1 ? base.slice(0, -1) : base, prefix, pattern }
}

function unescaped(text: string): string {
  return text.replace(/\\([*?[\]{}])/g, '$1')
}

/** Tells of an object's key below the base whether the stream looks in its directory. */
export function directoryMatcher({ pattern }: FileLocation, recursive: boolean): (key: string) => boolean {
  if (pattern === undefined) return recursive ? () => true : (key) => !key.includes('/')
  const matches = picomatch(recursive ? [pattern, `${pattern}/**`] : pattern, { dot: true, nonegate: true })
  // Neighbours in a listing share their directory.
  let known = { directory: '', matches: matches('') }
  return (key) => {
    const directory = key.slice(0, Math.max(key.lastIndexOf('/'), 0))
    if (directory !== known.directory) known = { directory, matches: matches(directory) }
    return known.matches
  }
}
