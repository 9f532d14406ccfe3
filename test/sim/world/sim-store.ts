import type {
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectPlace,
  ObjectStore,
  ObjectUpload,
  PutIfAbsent,
  StoredObject,
} from '../../../src/ports/object-store.ts'
import { concatBytes } from '../../../src/util/concat-bytes.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import { objectChanged, objectMissing } from '../../../src/util/object-errors.ts'
import { clampRange } from '../../../src/util/object-range.ts'
import type { Chance } from './chance.ts'
import { Content } from './content.ts'
import type { Place } from './place.ts'
import type { SimProcess } from './sim-process.ts'
import { CHECKPOINT, OUTPUT, rarestOf, siteOf } from './site-of.ts'
import { Wire } from './wire.ts'

/**
 * A page of a listing is a call of its own; in stormy times small, so that much happens between two of them, and of a batch's
 * output often so small that the first is not all.
 */
const PAGE_KEYS = { stormy: 5, stormyOutput: [1, 3], calm: 1_000 }

/** The objects of one place as a process sees them, over its wire. */
export class SimStore implements ObjectStore {
  readonly url: string
  readonly place: Place
  readonly #process: SimProcess
  readonly #wire: Wire

  constructor(place: Place, process: SimProcess) {
    this.url = place.url
    this.place = place
    this.#process = process
    this.#wire = new Wire(process)
  }

  exists(): Promise<boolean> {
    return this.#read('exists', '', () => true)
  }

  put(key: string, body: Uint8Array): Promise<ObjectInfo> {
    const content = copyOf(body)
    return this.#write('put', key, () => this.place.put(key, content))
  }

  putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent> {
    const content = copyOf(body)
    return this.#write('put-if-absent', key, () =>
      this.place.objects.has(key) ? { kind: 'exists' } : { kind: 'created', info: this.place.put(key, content) },
    )
  }

  upload(key: string): ObjectUpload {
    const parts: Uint8Array[] = []
    const { faults } = this.#process.world
    let torn = false
    return {
      write: (bytes) =>
        this.#read('upload-part', key, () => {
          torn ||= faults.happens('torn-upload', 0.05)
          parts.push(new Uint8Array(bytes))
        }),
      complete: () =>
        this.#write('upload', key, () => {
          if (torn) throw tornUpload(this.url, key)
          return this.place.put(key, new Content(concatBytes(parts)))
        }),
      abort: async () => {},
    }
  }

  get(key: string, options: GetOptions = {}): Promise<StoredObject | undefined> {
    return this.#read('get', key, () => {
      const object = this.place.objects.get(key)
      if (object === undefined) return undefined
      if (options.ifMatch !== undefined && options.ifMatch !== object.info.etag)
        throw objectChanged(`${this.url}/${key}`, 'if-match')
      const bytes = this.#isDamaged() ? damaged(object.bytes, this.#process.world.chance) : object.bytes
      return new LentObject(object.info, partOf(bytes, options))
    })
  }

  /** Only below the checkpoint is everything read compared with what was recorded of it. */
  #isDamaged(): boolean {
    return this.url === CHECKPOINT && this.#process.world.faults.happens('damaged-read', 0.05)
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#read('head', key, () => this.place.objects.get(key)?.info)
  }

  async *list(prefix: string, { startAfter = '', delimiter }: ListOptions = {}): AsyncGenerator<ObjectInfo[]> {
    const most = this.#pageKeys()
    for (let after: string | undefined = startAfter; after !== undefined; ) {
      const from: string = after
      const page: string[] = await this.#read('list', prefix, () =>
        this.place
          .keys(prefix, from)
          .filter((key) => delimiter === undefined || !key.includes(delimiter, prefix.length))
          .slice(0, most),
      )
      yield page.flatMap((key) => this.place.info(key) ?? [])
      after = page.length < most ? undefined : page.at(-1)
    }
  }

  #pageKeys(): number {
    const { faults, chance } = this.#process.world
    if (faults.ended) return PAGE_KEYS.calm
    return this.url.startsWith(`${OUTPUT}/`) ? chance.pick(PAGE_KEYS.stormyOutput) : PAGE_KEYS.stormy
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#change('delete', rarestOf(keys), () => {
      for (const key of keys) this.place.delete(key)
    })
  }

  copy({ store, key }: ObjectPlace, to: string): Promise<ObjectInfo> {
    const from = store as SimStore
    return this.#write('copy', to, () => {
      const object = from.place.objects.get(key)
      if (object === undefined) throw objectMissing(`${store.url}/${key}`)
      return this.place.put(to, object.content)
    })
  }

  #read<T>(operation: string, key: string, act: () => T): Promise<T> {
    return this.#wire.call({ site: siteOf(this.place.url, operation, key), act, changes: false })
  }

  /** Of what takes room. */
  #write<T>(operation: string, key: string, act: () => T): Promise<T> {
    return this.#change(operation, key, () => {
      this.#process.world.disk.requireRoom()
      return act()
    })
  }

  #change<T>(operation: string, key: string, act: () => T): Promise<T> {
    return this.#wire.call({ site: siteOf(this.place.url, operation, key), act, changes: true })
  }
}

/** What is written is what the caller has at hand by now, whatever becomes of that until the call arrives. */
function copyOf(body: Uint8Array): Content {
  return new Content(new Uint8Array(body))
}

/** The bytes as they are stored, and not a copy: were a reader to change them, their next checksum would say so. */
export class LentObject implements StoredObject {
  readonly info: ObjectInfo
  readonly #part: Uint8Array

  constructor(info: ObjectInfo, part: Uint8Array) {
    this.info = info
    this.#part = part
  }

  get body(): AsyncGenerator<Uint8Array> {
    return piecesOf(this.#part)
  }

  async bytes(): Promise<Uint8Array> {
    return this.#part
  }
}

export function partOf(bytes: Uint8Array, { range }: GetOptions): Uint8Array {
  if (range === undefined) return bytes
  const { start, end } = clampRange(range, bytes.length)
  return bytes.subarray(start, end)
}

async function* piecesOf(part: Uint8Array): AsyncGenerator<Uint8Array> {
  if (part.length > 0) yield part
}

/** One bit is not what it was; in the store all is well. */
function damaged(bytes: Uint8Array, chance: Chance): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const at = chance.nextInt(copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << chance.nextInt(8))
  return copy
}

function tornUpload(url: string, key: string): SluiceError {
  const message = `Simulated: a part of the upload was lost: ${url}/${key}`
  return new SluiceError({ code: 'torn-upload', kind: 'retryable', message })
}
