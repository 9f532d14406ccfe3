import type { ObjectInfo } from '../../../src/ports/object-store.ts'
import { crc32cHex } from '../../../src/util/crc32c.ts'

/** A stored object. */
export interface SimObject {
  readonly info: ObjectInfo
  readonly bytes: Uint8Array
}

/** Hears of every change of every object, at the instant at which readers may see it. */
export interface PlaceWatcher {
  put(place: Place, key: string, bytes: Uint8Array): void
  deleted(place: Place, key: string): void
}

/** The objects below one URL, without any process between: what calls have their effect on. */
export class Place {
  readonly url: string
  readonly objects = new Map<string, SimObject>()
  readonly #watcher: PlaceWatcher
  readonly #now: () => number

  constructor(url: string, watcher: PlaceWatcher, now: () => number) {
    this.url = url
    this.#watcher = watcher
    this.#now = now
  }

  put(key: string, bytes: Uint8Array): ObjectInfo {
    const info = infoOf(key, bytes, this.#now())
    this.objects.set(key, { info, bytes })
    this.#watcher.put(this, key, bytes)
    return info
  }

  delete(key: string): void {
    if (this.objects.delete(key)) this.#watcher.deleted(this, key)
  }

  /** Of all keys below a prefix and after another, in the order of listings. Keys of a simulation are ASCII. */
  keys(prefix: string, after = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
  }
}

/** The ETag is a checksum, as in S3, made when somebody asks. */
function infoOf(key: string, bytes: Uint8Array, lastModifiedMs: number): ObjectInfo {
  return {
    key,
    sizeBytes: bytes.length,
    lastModifiedMs,
    get etag() {
      return `${crc32cHex(bytes)}-${bytes.length}`
    },
  }
}
