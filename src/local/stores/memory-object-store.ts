import { hash } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'
import type {
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectPlace,
  ObjectStore,
  ObjectUpload,
  PutIfAbsent,
  StoredObject,
} from '../../ports/object-store.ts'
import { assert } from '../../util/assert.ts'
import { objectChanged, objectMissing } from '../../util/object-errors.ts'
import { assertKeyPrefix, assertObjectKey } from '../../util/object-key.ts'
import { clampRange } from '../../util/object-range.ts'
import { compareUtf8 } from '../../util/utf8-order.ts'
import { SystemClock } from '../system-clock.ts'

const PAGE_KEYS = 1000

interface Entry {
  readonly info: ObjectInfo
  readonly bytes: Uint8Array
}

export interface MemoryObjectStoreOptions {
  readonly url?: string
  readonly clock?: Clock
}

/** Objects in this process's memory, for tests and throw-away runs. ETags are MD5 digests, as in S3. */
export class MemoryObjectStore implements ObjectStore {
  readonly url: string
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.url = options.url ?? 'memory://store'
    this.#clock = options.clock ?? new SystemClock()
  }

  async exists(): Promise<boolean> {
    return true
  }

  async put(key: string, body: Uint8Array): Promise<ObjectInfo> {
    assertObjectKey(key)
    return this.#set(key, new Uint8Array(body))
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent> {
    assertObjectKey(key)
    if (this.#entries.has(key)) return { kind: 'exists' }
    return { kind: 'created', info: this.#set(key, new Uint8Array(body)) }
  }

  upload(key: string): ObjectUpload {
    assertObjectKey(key)
    return new MemoryUpload(key, (bytes) => this.#set(key, bytes))
  }

  async get(key: string, options: GetOptions = {}): Promise<StoredObject | undefined> {
    assertObjectKey(key)
    clampRange(options.range, 0)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (options.ifMatch !== undefined && options.ifMatch !== entry.info.etag) {
      throw objectChanged(`${this.url}/${key}`, 'if-match')
    }
    const { start, end } = clampRange(options.range, entry.info.sizeBytes)
    const bytes = entry.bytes.slice(start, end)
    return { info: entry.info, body: once(bytes), bytes: async () => bytes }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    assertObjectKey(key)
    return this.#entries.get(key)?.info
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    assertKeyPrefix(prefix)
    return this.#pages(prefix, options)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertObjectKey(key)
    for (const key of keys) this.#entries.delete(key)
  }

  async copy({ store, key }: ObjectPlace, to: string): Promise<ObjectInfo> {
    assertObjectKey(to)
    const source = await store.get(key)
    if (source === undefined) throw objectMissing(`${store.url}/${key}`)
    return this.#set(to, await source.bytes())
  }

  /** All that is there, by key: the bytes themselves, to be read and not written to. */
  entries(): (readonly [key: string, bytes: Uint8Array])[] {
    return [...this.#entries].map(([key, { bytes }]) => [key, bytes] as const).sort(([a], [b]) => compareUtf8(a, b))
  }

  async *#pages(prefix: string, { startAfter = '', delimiter }: ListOptions): AsyncGenerator<ObjectInfo[]> {
    const keys = [...this.#entries.keys()]
      .filter((key) => key.startsWith(prefix) && compareUtf8(key, startAfter) > 0)
      .filter((key) => delimiter === undefined || !key.includes(delimiter, prefix.length))
      .sort(compareUtf8)
    for (let i = 0; i < keys.length; i += PAGE_KEYS) {
      const page = keys.slice(i, i + PAGE_KEYS).map((key) => this.#entries.get(key)?.info)
      yield page.filter((info) => info !== undefined)
    }
  }

  #set(key: string, bytes: Uint8Array): ObjectInfo {
    let etag: string | undefined
    const info = {
      key,
      sizeBytes: bytes.length,
      // Made when somebody asks: few do, and it costs more than to keep the bytes.
      get etag() {
        etag ??= hash('md5', bytes, 'hex')
        return etag
      },
      lastModifiedMs: this.#clock.now(),
    }
    this.#entries.set(key, { info, bytes })
    return info
  }
}

class MemoryUpload implements ObjectUpload {
  readonly #key: string
  readonly #complete: (bytes: Uint8Array) => ObjectInfo
  readonly #parts: Uint8Array[] = []
  #ended = false

  constructor(key: string, complete: (bytes: Uint8Array) => ObjectInfo) {
    this.#key = key
    this.#complete = complete
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#assertOpen()
    this.#parts.push(Uint8Array.from(bytes))
  }

  async complete(): Promise<ObjectInfo> {
    this.#assertOpen()
    this.#ended = true
    return this.#complete(Uint8Array.from(Buffer.concat(this.#parts)))
  }

  async abort(): Promise<void> {
    this.#ended = true
    this.#parts.length = 0
  }

  #assertOpen(): void {
    assert(!this.#ended, `an upload is not used after its end: ${this.#key}`)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
