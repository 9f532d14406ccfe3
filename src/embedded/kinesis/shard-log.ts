import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import type { Block } from './block.ts'
import { Segment, type Slice, type SliceLimits } from './segment.ts'
import { SegmentFile } from './segment-file.ts'

/** A segment is sealed when its text is larger than this. */
const SEGMENT_BYTES = 8 * 1024 * 1024
/** Sealed segments that stay in memory when there are files to read them from again. */
const LOADED_SEGMENTS = 4

interface Entry {
  readonly firstOrdinal: number
  readonly file: SegmentFile | undefined
  /** Without its records once it is sealed, stored and not read. */
  segment: Segment | undefined
  count: number
  lastOrdinal: number
  lastArrivalMs: number
  sealed: boolean
}

/** What one read found. */
export interface ShardRead {
  readonly slices: readonly Slice[]
  /** Where the next read goes on. */
  readonly nextOrdinal: number
  /** When the first record that was not read arrived; nothing if all were read. */
  readonly nextArrivalMs: number | undefined
}

/** A shard's records in the order of their sequence numbers, in memory or, given a directory, in files. */
export class ShardLog {
  readonly #directory: string | undefined
  readonly #entries: Entry[] = []
  /** Loaded sealed entries, the one used last at the end. */
  #loaded: Entry[] = []

  constructor(directory?: string) {
    this.#directory = directory
    if (directory !== undefined) this.#recover(directory)
  }

  get lastOrdinal(): number | undefined {
    return this.#entries.at(-1)?.lastOrdinal
  }

  get lastArrivalMs(): number {
    return this.#entries.at(-1)?.lastArrivalMs ?? 0
  }

  append(block: Block): void {
    const entry = this.#open(block.firstOrdinal)
    entry.file?.append(block)
    entry.segment?.append(block)
    entry.count += block.lengths.length
    entry.lastOrdinal = block.firstOrdinal + block.lengths.length - 1
    entry.lastArrivalMs = block.arrivalMs
    if ((entry.segment?.textBytes ?? 0) >= SEGMENT_BYTES) this.#seal(entry)
  }

  /** Records from `ordinal` on that arrived at or after `horizonMs`, as many as the limits allow. */
  read(ordinal: number, horizonMs: number, limits: SliceLimits): ShardRead {
    const slices: Slice[] = []
    let { records, sizeBytes } = limits
    let nextOrdinal = ordinal
    for (let at = this.#entryAt(ordinal, horizonMs); at < this.#entries.length; at++) {
      const entry = this.#entries[at] as Entry
      const segment = this.#records(entry)
      const index = Math.max(segment.indexOfOrdinal(nextOrdinal), segment.indexOfArrival(horizonMs))
      const slice = segment.slice(index, { records, sizeBytes })
      if (slice.records > 0) {
        slices.push(slice)
        nextOrdinal = slice.lastOrdinal + 1
        records -= slice.records
        sizeBytes -= slice.sizeBytes
      }
      const rest = index + slice.records
      if (rest < segment.count) return { slices, nextOrdinal, nextArrivalMs: segment.arrivalAt(rest) }
    }
    return { slices, nextOrdinal, nextArrivalMs: undefined }
  }

  /** Ordinal of the first record that arrived at or after this; nothing if there is none. */
  ordinalAtArrival(arrivalMs: number): number | undefined {
    const entry = this.#entries[this.#entryAt(0, arrivalMs)]
    if (!entry) return undefined
    const segment = this.#records(entry)
    return segment.ordinalAt(segment.indexOfArrival(arrivalMs))
  }

  /** Forgets sealed segments that are older than the horizon in whole; the newest stays, as it tells the last ordinal. */
  trim(horizonMs: number): void {
    while (this.#entries.length > 1 && (this.#entries[0] as Entry).lastArrivalMs < horizonMs) {
      const entry = this.#entries.shift()
      entry?.file?.remove()
      this.#loaded = this.#loaded.filter((loaded) => loaded !== entry)
    }
  }

  close(): void {
    for (const { file } of this.#entries) file?.close()
  }

  remove(): void {
    this.close()
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true })
  }

  #recover(directory: string): void {
    mkdirSync(directory, { recursive: true })
    const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
    for (const [index, name] of names.sort().entries()) {
      const file = new SegmentFile(directory, Number.parseInt(name, 10))
      const entry = recoveredEntry(file, index === names.length - 1)
      if (entry) this.#entries.push(entry)
      else file.remove()
    }
  }

  #open(firstOrdinal: number): Entry {
    const last = this.#entries.at(-1)
    if (last && !last.sealed) return last
    const file = this.#directory === undefined ? undefined : new SegmentFile(this.#directory, firstOrdinal)
    // Still empty, it follows the one before it: the search goes by these, and the first append may fail.
    const bounds = { firstOrdinal, lastOrdinal: firstOrdinal - 1, lastArrivalMs: this.lastArrivalMs }
    const entry = { ...bounds, file, segment: new Segment(), count: 0, sealed: false }
    this.#entries.push(entry)
    return entry
  }

  #seal(entry: Entry): void {
    entry.sealed = true
    entry.file?.seal(entry)
    this.#touch(entry)
  }

  #records(entry: Entry): Segment {
    const segment = entry.segment ?? entry.file?.load() ?? new Segment()
    entry.segment = segment
    if (entry.sealed) this.#touch(entry)
    return segment
  }

  #touch(entry: Entry): void {
    if (entry.file === undefined || this.#loaded.at(-1) === entry) return
    this.#loaded = [...this.#loaded.filter((loaded) => loaded !== entry), entry]
    while (this.#loaded.length > LOADED_SEGMENTS) {
      const oldest = this.#loaded.shift()
      if (oldest) oldest.segment = undefined
    }
  }

  /** Index of the first segment that may hold what is asked for. */
  #entryAt(ordinal: number, horizonMs: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { lastOrdinal, lastArrivalMs } = this.#entries[middle] as Entry
      if (lastOrdinal < ordinal || lastArrivalMs < horizonMs) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Nothing if the process died before the first record was whole. */
function recoveredEntry(file: SegmentFile, newest: boolean): Entry | undefined {
  const { firstOrdinal } = file
  const summary = file.summary()
  if (summary) return { firstOrdinal, file, segment: undefined, ...summary, sealed: true }
  const segment = file.recover()
  const { count } = segment
  if (count === 0) return undefined
  const lastOrdinal = segment.ordinalAt(count - 1)
  const entry = { firstOrdinal, file, segment, count, lastOrdinal, lastArrivalMs: segment.arrivalAt(count - 1) }
  if (!newest) file.close()
  return { ...entry, sealed: !newest }
}
