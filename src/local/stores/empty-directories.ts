import { rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Directories that a deletion has left empty go, too, as object stores know none; the root stays. */
export async function removeEmptyDirectories(root: string, directory: string): Promise<void> {
  for (let path = directory; path !== root; path = dirname(path)) {
    try {
      await rmdir(path)
    } catch {
      return
    }
  }
}
