import { fileURLToPath } from 'node:url'
import type { Clock } from '../../ports/clock.ts'
import type { ObjectStore, Storage } from '../../ports/object-store.ts'
import { byScheme, type Opener } from '../../util/by-scheme.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
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
    file: (url) => new FileObjectStore(pathOf(url), options),
    memory(url) {
      const trimmed = url.replace(/\/+$/, '')
      const store = memory.get(trimmed) ?? new MemoryObjectStore({ ...options, url: trimmed })
      memory.set(trimmed, store)
      return store
    },
  }
}

/** The path of `file:///dir` or of a plain path. */
export function pathOf(url: string): string {
  if (url === '') throw badUrl('an empty path names no directory', url)
  if (!/^file:\/\//i.test(url)) return url
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw badUrl(`write file:///absolute/path, or the path alone (${messageOf(error)})`, url)
  }
}

function badUrl(reason: string, url: string): SluiceError {
  return new SluiceError({
    code: 'bad-url',
    kind: 'invalid',
    message: `No place to keep objects in; ${reason}: '${url}'`,
  })
}
