import type {
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectPlace,
  ObjectStore,
  ObjectUpload,
  PutIfAbsent,
  Storage,
  StoredObject,
} from '../../src/ports/object-store.ts'
import { SluiceError } from '../../src/util/errors.ts'

interface Entry {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly lastModifiedMs: number
}

/** Objects by full URL, with every call written down, so that a test can say in which order things happened. */
export class FakeStorage implements Storage {
  readonly objects = new Map<string, Entry>()
  readonly calls: string[] = []
  /** Directories that are there though nothing is in them. */
  readonly directories = new Set<string>()
  chunkBytes = 7
  pageSize = 3
  /** Every body breaks off after so many chunks. */
  breakAfterChunks = Number.POSITIVE_INFINITY
  onBreak: () => void = () => {}
  /** Thrown instead of carrying out a call, when it returns something. */
  fault: (call: string) => Error | undefined = () => undefined
  #changes = 0

  open(url: string): ObjectStore {
    return new FakeStore(this, url)
  }
  write(url: string, body: string | Uint8Array, lastModifiedMs = 0): void {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body.slice()
    this.objects.set(url, { bytes, etag: `e${++this.#changes}`, lastModifiedMs })
  }
  text(url: string): string | undefined {
    const entry = this.objects.get(url)
    return entry === undefined ? undefined : new TextDecoder().decode(entry.bytes)
  }
  note(call: string): void {
    this.calls.push(call)
    const fault = this.fault(call)
    if (fault !== undefined) throw fault
  }
}

class FakeStore implements ObjectStore {
  readonly url: string
  readonly #storage: FakeStorage

  constructor(storage: FakeStorage, url: string) {
    this.#storage = storage
    this.url = url
  }
  #url(key: string): string {
    return `${this.url}/${key}`
  }
  #info(key: string, { bytes, etag, lastModifiedMs }: Entry): ObjectInfo {
    return { key, sizeBytes: bytes.length, etag, lastModifiedMs }
  }
  async exists(): Promise<boolean> {
    this.#storage.note(`exists ${this.url}`)
    return (
      this.#storage.directories.has(this.url) ||
      [...this.#storage.objects.keys()].some((url) => url.startsWith(`${this.url}/`))
    )
  }
  async put(key: string, body: Uint8Array): Promise<ObjectInfo> {
    this.#storage.note(`put ${this.#url(key)}`)
    await new Promise((resolve) => setImmediate(resolve))
    this.#storage.write(this.#url(key), body)
    this.#storage.calls.push(`acknowledged ${this.#url(key)}`)
    return (await this.head(key)) as ObjectInfo
  }
  async putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent> {
    if (this.#storage.objects.has(this.#url(key))) return { kind: 'exists' }
    return { kind: 'created', info: await this.put(key, body) }
  }
  upload(key: string): ObjectUpload {
    const parts: Uint8Array[] = []
    return {
      write: async (bytes) => {
        this.#storage.note(`write ${this.#url(key)}`)
        parts.push(Uint8Array.from(bytes))
      },
      complete: async () => await this.put(key, Buffer.concat(parts)),
      abort: async () => {
        this.#storage.calls.push(`abort ${this.#url(key)}`)
      },
    }
  }
  async get(key: string, options?: GetOptions): Promise<StoredObject | undefined> {
    this.#storage.note(`get ${this.#url(key)}`)
    const entry = this.#storage.objects.get(this.#url(key))
    if (entry === undefined) return undefined
    if (options?.ifMatch !== undefined && options.ifMatch !== entry.etag) {
      throw new SluiceError({ code: 'object-changed', kind: 'data', message: `Changed: ${key}` })
    }
    const bytes = entry.bytes.subarray(options?.range?.start ?? 0, options?.range?.end)
    return { info: this.#info(key, entry), body: this.#body(bytes), bytes: async () => bytes.slice() }
  }
  async *#body(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const { chunkBytes, breakAfterChunks } = this.#storage
    for (let chunk = 0; chunk * chunkBytes < bytes.length; chunk++) {
      if (chunk >= breakAfterChunks) {
        this.#storage.onBreak()
        throw new SluiceError({ code: 'cut', kind: 'retryable', message: 'Connection cut' })
      }
      yield bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    }
  }
  async head(key: string): Promise<ObjectInfo | undefined> {
    this.#storage.note(`head ${this.#url(key)}`)
    const entry = this.#storage.objects.get(this.#url(key))
    return entry === undefined ? undefined : this.#info(key, entry)
  }
  async *list(prefix: string, options?: ListOptions): AsyncGenerator<readonly ObjectInfo[]> {
    this.#storage.note(`list ${this.url}/${prefix}`)
    const infos = [...this.#storage.objects]
      .filter(([url]) => url.startsWith(`${this.url}/${prefix}`))
      .map(([url, entry]) => this.#info(url.slice(this.url.length + 1), entry))
      .filter(({ key }) => options?.delimiter === undefined || !key.slice(prefix.length).includes('/'))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    for (let at = 0; at < infos.length; at += this.#storage.pageSize) {
      yield infos.slice(at, at + this.#storage.pageSize)
    }
  }
  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#storage.objects.delete(this.#url(key))
  }
  async copy(from: ObjectPlace, to: string): Promise<ObjectInfo> {
    this.#storage.note(`copy ${from.store.url}/${from.key} ${this.#url(to)}`)
    const entry = this.#storage.objects.get(`${from.store.url}/${from.key}`)
    if (entry !== undefined) return await this.put(to, entry.bytes)
    throw new SluiceError({ code: 'object-missing', kind: 'data', message: `Missing: ${from.key}` })
  }
}
