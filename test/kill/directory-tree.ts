import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { crc32cHex } from '../../src/util/crc32c.ts'

/** Everything below a directory, hidden files and empty directories included: by path, the size and checksum of a file. */
export function directoryTree(root: string): ReadonlyMap<string, string> {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true })
  const described = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [relative(root, path), entry.isDirectory() ? 'directory' : contentOf(path)] as const
  })
  return new Map(described.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function contentOf(path: string): string {
  const bytes = readFileSync(path)
  return `${bytes.length} bytes, ${crc32cHex(bytes)}`
}

/** What is missing in, extra in or different from a tree that is as it must be, in words. */
export function treeDifferences(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = [...new Set([...found.keys(), ...expected.keys()])].sort()
  return paths.flatMap((path) => {
    const [is, must] = [found.get(path), expected.get(path)]
    if (is === must) return []
    if (is === undefined) return [`missing: ${path}`]
    return must === undefined ? [`extra: ${path} (${is})`] : [`different: ${path} (${is} instead of ${must})`]
  })
}
