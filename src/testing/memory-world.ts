import { openers } from '../connectors/openers.ts'
import { pipeThrough } from '../local/pipe-through.ts'
import { MemoryHeadRegister } from '../local/stores/memory-head-register.ts'
import { MemoryObjectStore } from '../local/stores/memory-object-store.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { BatchObserver } from '../scheduler/batch-report.ts'
import type { Environment } from '../scheduler/create-runtime.ts'
import type { Batch } from './batch-source.ts'
import type { FaultyIO } from './faulty-io.ts'
import { ManualClock } from './manual-clock.ts'

/** Plans are bounded by this; a test's inputs are meant to be taken as they are given. */
const MEMORY_BYTES = 2 ** 40

const QUIET_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} }
const NO_METRICS: Metrics = { record() {}, async flush() {} }

/** What differs between two processes of one world. */
export interface ProcessOptions {
  readonly observers: readonly BatchObserver[]
  /** Where `print()` writes; nowhere by default. */
  readonly write?: (text: string) => void
  /** What its calls go through; by default nothing fails. */
  readonly io?: FaultyIO | undefined
}

/** A file as text, by its name within its place. */
export interface PlacedFile {
  readonly key: string
  readonly text: string
}

/** Files by the URL of their place. */
export type Contents = ReadonlyMap<string, readonly PlacedFile[]>

/** What outlives a process, all of it in memory: the clock, the head register, the checkpoint, and every file. */
export class MemoryWorld {
  readonly clock: ManualClock
  readonly register = new MemoryHeadRegister()
  readonly checkpoint: MemoryObjectStore
  readonly places = new Map<string, MemoryObjectStore>()
  /** Batches given so far, by the uid of the stream: positions in the checkpoint count from the first. */
  readonly fed = new Map<string, readonly Batch<unknown>[]>()
  readonly #given = new Map<string, Uint8Array>()
  #owners = 0

  constructor({ startMs = 0 }: { readonly startMs?: number } = {}) {
    this.clock = new ManualClock({ startMs, jumps: true })
    this.checkpoint = new MemoryObjectStore({ url: 'memory://checkpoint', clock: this.clock })
  }

  /** The directory or prefix of this name, whatever its scheme, with the given files below it. */
  place(url: string): ObjectStore {
    const trimmed = placeUrl(url)
    const known = this.places.get(trimmed)
    if (known !== undefined) return known
    const place = new MemoryObjectStore({ url: trimmed, clock: this.clock })
    this.places.set(trimmed, place)
    for (const [file, bytes] of this.#given) addBelow(place, file, bytes)
    return place
  }

  /** Gives streams more batches. */
  feed(inputs: ReadonlyMap<string, readonly Batch<unknown>[]>): void {
    for (const [uid, batches] of inputs) this.fed.set(uid, [...(this.fed.get(uid) ?? []), ...batches])
  }

  /** Puts files where every place above them finds them. */
  addFiles(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) {
      const bytes = new TextEncoder().encode(text)
      this.#given.set(file, bytes)
      for (const place of this.places.values()) addBelow(place, file, bytes)
    }
  }

  /** The files of each place that anybody has opened, by its URL. */
  contents(): Contents {
    // One decoder for all: to make one takes longer than to read the file of a tiny batch.
    const decoder = new TextDecoder()
    const fileOf = ([key, bytes]: readonly [string, Uint8Array]) => ({ key, text: decoder.decode(bytes) })
    return new Map([...this.places].map(([url, place]) => [url, place.entries().map(fileOf)] as const))
  }

  /** The surroundings of one process. */
  environment({ observers, write = () => {}, io }: ProcessOptions): Environment {
    const { clock } = this
    const store = (inner: ObjectStore) => io?.store(inner) ?? inner
    const storage = { open: (url: string) => store(this.place(url)) }
    return {
      clock,
      register: io?.register(this.register) ?? this.register,
      checkpoint: store(this.checkpoint),
      ...openers({ storage, clock, write }),
      storage,
      pipeThrough,
      log: QUIET_LOG,
      metrics: NO_METRICS,
      memoryBytes: MEMORY_BYTES,
      observers,
      // Numbered, so that a run repeats to the byte.
      uniqueId: () => `test-${++this.#owners}`,
      leaseAbandoned: () => true,
    }
  }
}

/** Every file by its URL, in the order of the URLs. */
export function fileTexts(contents: Contents): Readonly<Record<string, string>> {
  const texts = [...contents].flatMap(([url, files]) => files.map(({ key, text }) => [`${url}/${key}`, text] as const))
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** How places are known: whatever slashes a URL ends with. */
export function placeUrl(url: string): string {
  return url.replace(/\/+$/, '')
}

/** A memory store has what is put into it at once. */
function addBelow(place: MemoryObjectStore, file: string, bytes: Uint8Array): void {
  const root = `${place.url}/`
  if (file.startsWith(root)) void place.put(file.slice(root.length), bytes)
}
