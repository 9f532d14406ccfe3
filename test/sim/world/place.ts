import type { ObjectInfo } from '../../../src/ports/object-store.ts'
import { checksumText } from '../../../src/util/crc32c.ts'
import type { Content } from './content.ts'
import { SortedKeys } from './sorted-keys.ts'

/** A stored object. */
export class SimObject {
  readonly info: ObjectInfo
  readonly content: Content

  constructor(info: ObjectInfo, content: Content) {
    this.info = info
    this.content = content
  }

  get bytes(): Uint8Array {
    return this.content.bytes
  }
}

/** Hears of every change of every object, at the instant at which readers may see it. */
export interface PlaceWatcher {
  put(place: Place, key: string, content: Content): void
  deleted(place: Place, key: string): void
}

/** The objects below one URL, without any process between: what calls have their effect on. */
export class Place {
  readonly url: string
  readonly objects = new Map<string, SimObject>()
  readonly #keys = new SortedKeys()
  readonly #watcher: PlaceWatcher
  readonly #now: () => number

  constructor(url: string, watcher: PlaceWatcher, now: () => number) {
    this.url = url
    this.#watcher = watcher
    this.#now = now
  }

  put(key: string, content: Content): ObjectInfo {
    const info = new ContentInfo(key, content, this.#now())
    if (!this.objects.has(key)) this.#keys.add(key)
    this.objects.set(key, new SimObject(info, content))
    this.#watcher.put(this, key, content)
    return info
  }

  delete(key: string): void {
    if (!this.objects.delete(key)) return
    this.#keys.delete(key)
    this.#watcher.deleted(this, key)
  }

  /** Somebody else takes it away, or puts something in its place: whoever watches the application is not told. */
  tamper(key: string, content?: Content): void {
    if (content !== undefined) {
      if (!this.objects.has(key)) this.#keys.add(key)
      this.objects.set(key, new SimObject(new ContentInfo(key, content, this.#now()), content))
    } else if (this.objects.delete(key)) this.#keys.delete(key)
  }

  info(key: string): ObjectInfo | undefined {
    return this.objects.get(key)?.info
  }

  /** Of all keys below a prefix and after another, in the order of listings. Keys of a simulation are ASCII. */
  keys(prefix: string, after = ''): string[] {
    return this.#keys.below(prefix, after)
  }
}

/** The ETag is a checksum, as in S3, made when somebody asks. */
class ContentInfo implements ObjectInfo {
  readonly key: string
  readonly sizeBytes: number
  readonly lastModifiedMs: number
  readonly #content: Content

  constructor(key: string, content: Content, lastModifiedMs: number) {
    this.key = key
    this.sizeBytes = content.bytes.length
    this.lastModifiedMs = lastModifiedMs
    this.#content = content
  }

  get etag(): string {
    return `${checksumText(this.#content.checksum)}-${this.sizeBytes}`
  }
}
