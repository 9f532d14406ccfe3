import type { Clock } from '../../ports/clock.ts'
import type { ObjectStore, Storage } from '../../ports/object-store.ts'
import { byScheme, type Opener } from '../../util/by-scheme.ts'
import { FileObjectStore } from './file-object-store.ts'
import { MemoryObjectStore } from './memory-object-store.ts'

export interface LocalStorageOptions {
  readonly clock?: Clock
}

/** Directories and memory only; `byScheme({ ...localSchemes(), s3: … })` adds more. */
export function openLocalStorage(options: LocalStorageOptions = {}): Storage {
  return byScheme(localSchemes(options))
}

/**
 * What opens `file:///dir` and plain paths, and `memory://name`: the same store at each call with that URL, for as long as
 * the returned openers live.
 */
export function localSchemes(options: LocalStorageOptions = {}): Record<'file' | 'memory', Opener<ObjectStore>> {
  const memory = new Map<string, ObjectStore>()
  return {
    file: (url) => new FileObjectStore(url, options),
    memory(url) {
      const trimmed = url.replace(/\/+$/, '')
      const store = memory.get(trimmed) ?? new MemoryObjectStore({ ...options, url: trimmed })
      memory.set(trimmed, store)
      return store
    },
  }
}
