import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place for people: `./out/counts-1000` instead of the URL of a file below the working directory. */
export function placeText(url: string): string {
  if (!url.startsWith('file:///')) return url
  const path = relative(process.cwd(), fileURLToPath(url))
  return path === '' || path.startsWith('..') ? url : `.${sep}${path}`
}
