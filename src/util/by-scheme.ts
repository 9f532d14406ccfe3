import { SluiceError } from './errors.ts'

/** What opens the places of one scheme, `s3://bucket/prefix` for example. */
export type Opener<T> = (url: string) => T

/**
 * Chooses by a URL's scheme who opens it; what has none is a path, `file`. Unknown schemes are refused with code
 * `unknown-scheme`, naming the known ones.
 *
 * @example
 * ```ts
 * const places = byScheme({ file: (path) => `the file ${path}`, s3: (url) => `the object ${url}` })
 * places.open('data/song.txt') // 'the file data/song.txt'
 * places.open('s3://data/song.txt') // 'the object s3://data/song.txt'
 * places.open('ftp://data/song.txt') // throws 'unknown-scheme'
 * ```
 */
export function byScheme<T>(openers: Readonly<Record<string, Opener<T>>>): { open(url: string): T } {
  return {
    open(url) {
      const scheme = schemeOf(url)
      const opener = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined
      if (opener === undefined) throw unknownScheme(scheme, Object.keys(openers), url)
      return opener(url)
    },
  }
}

/** A single letter is a Windows drive. */
function schemeOf(url: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(url)?.[1]?.toLowerCase() ?? 'file'
}

function unknownScheme(scheme: string, known: readonly string[], url: string): SluiceError {
  const isHadoops = /^s3[an]$/.test(scheme)
  return new SluiceError({
    code: 'unknown-scheme',
    kind: 'invalid',
    message: isHadoops
      ? `Write s3:// instead of ${scheme}://: ${url}`
      : `Nothing here opens ${scheme}://; use one of ${known.map((name) => `${name}://`).join(', ')}: ${url}`,
  })
}
