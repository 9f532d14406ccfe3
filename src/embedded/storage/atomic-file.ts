import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Replaces a file by one rename: whoever reads it, also after a kill, sees the old or the new content, whole. */
export function replaceFile(path: string, content: string | Buffer): void {
  const fresh = `${path}.new`
  writeFileSync(fresh, content)
  renameSync(fresh, path)
}

/** A file's content, or nothing if there is no such file. */
export function readFileIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
