import type { ObjectInfo } from '../../../src/ports/object-store.ts'
import { Place } from './place.ts'

/** What lies in all places below a URL, as who lists that sees it. Nothing lies in it itself. */
export class Folder extends Place {
  readonly #places: ReadonlyMap<string, Place>

  constructor(url: string, places: ReadonlyMap<string, Place>) {
    super(url, { put() {}, deleted() {} }, () => 0)
    this.#places = places
  }

  override keys(prefix: string, after = ''): string[] {
    const keys: string[] = []
    for (const [url, place] of this.#places) {
      const name = url.slice(this.url.length + 1)
      if (!url.startsWith(`${this.url}/`)) continue
      for (const key of place.objects.keys()) keys.push(`${name}/${key}`)
    }
    return keys.filter((key) => key.startsWith(prefix) && key > after).sort()
  }

  override info(key: string): ObjectInfo | undefined {
    const slash = key.indexOf('/')
    const info = this.#places.get(`${this.url}/${key.slice(0, slash)}`)?.info(key.slice(slash + 1))
    return info && { key, sizeBytes: info.sizeBytes, etag: info.etag, lastModifiedMs: info.lastModifiedMs }
  }
}
