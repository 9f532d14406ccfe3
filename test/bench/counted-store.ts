import type { ObjectStore } from '../../src/ports/object-store.ts'

/** A store that counts the bytes that pass. */
export interface CountedStore {
  readonly store: ObjectStore
  readonly written: () => number
  readonly read: () => number
}

export function countedStore(store: ObjectStore): CountedStore {
  let written = 0
  let read = 0
  const counted: ObjectStore = {
    url: store.url,
    exists: () => store.exists(),
    put(key, body) {
      written += body.length
      return store.put(key, body)
    },
    putIfAbsent: (key, body) => store.putIfAbsent(key, body),
    upload(key) {
      const upload = store.upload(key)
      return {
        async write(bytes) {
          written += bytes.length
          await upload.write(bytes)
        },
        complete: () => upload.complete(),
        abort: () => upload.abort(),
      }
    },
    async get(key, options) {
      const object = await store.get(key, options)
      const { start = 0, end = object?.info.sizeBytes ?? 0 } = options?.range ?? {}
      if (object) read += end - start
      return object
    },
    head: (key) => store.head(key),
    list: (prefix, options) => store.list(prefix, options),
    delete: (keys) => store.delete(keys),
    copy: (from, to) => store.copy(from, to),
  }
  return { store: counted, written: () => written, read: () => read }
}
