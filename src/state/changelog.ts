import type { BatchTime } from '../checkpoint/attempt.ts'
import { encodeValue } from '../util/codec.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import { crc32c } from '../util/crc32c.ts'
import { ValueReader } from '../util/value-reader.ts'
import type { Entry } from './entry.ts'
import type { Rows } from './rows.ts'
import { readingState, stateCorrupt } from './state-corrupt.ts'
import { type Page, readKept } from './stored.ts'
import { type TableId, type TablePlace, tableName } from './table-id.ts'

/**
 * All changes of one batch. Layout (numbers little-endian; values as in `util/codec-format.ts`):
 *
 *     'SLCL' version(1 byte) section… footer footerSize(4) checksum(4)
 *
 * A section holds one operator's partition: the keys deleted, then key and value of what was put (and, where `timed` is 1, how
 * many milliseconds before the batch it was last changed), in the order in which a restore applies them. The footer is one value, `[batchTime, [operator, partition, partitions, deletes, puts, timed, sizeBytes, crc32c]…]`;
 * its checksum covers header, footer and footer size. So the end of the object and one section are enough to read that section.
 *
 * Version 3 is what several changelogs were merged to, of the last one's batch: keys that it deletes need not have been there, and
 * `timed` puts say how long before the one that precedes them they were changed: most were changed by the same batch.
 */
const MAGIC = [0x53, 0x4c, 0x43, 0x4c]
const VERSION = 2
const MERGED_VERSION = 3
const HEADER_BYTES = 5
const TRAILER_BYTES = 8
/** So many entries are read before they are put: few enough to be still near, enough to wait for their slots at once. */
const CHUNK_PUTS = 1_024

/** What one operator's partition changed in a batch. */
export interface ChangeSection extends TableId {
  readonly deletes: number
  readonly puts: number
  /** Whether each put says when it was last changed. */
  readonly timed: boolean
  readonly bytes: Uint8Array
}

/** Where a section is, and what is in it. */
export interface SectionIndex extends Omit<ChangeSection, 'bytes'> {
  readonly start: number
  readonly sizeBytes: number
  readonly crc32c: number
}

/** One change of one key as it is stored. */
export type StoredChange =
  | { readonly kind: 'deleted'; readonly key: unknown; readonly keyBytes: Uint8Array }
  | {
      readonly kind: 'put'
      readonly key: unknown
      readonly keyBytes: Uint8Array
      readonly valueBytes: Uint8Array
      /** 0 where that is not kept. */
      readonly time: number
    }

/** One change of one key. */
export type ChangedEntry =
  | { readonly kind: 'deleted'; readonly key: unknown }
  | { readonly kind: 'put'; readonly key: unknown; readonly value: unknown; readonly time?: number }

export function encodeChangelog(batchTime: BatchTime, sections: readonly ChangeSection[]): Uint8Array {
  return encode(VERSION, batchTime, sections)
}

/** As `encodeChangelog`, of what several changelogs were merged to. */
export function encodeMerged(batchTime: BatchTime, sections: readonly ChangeSection[]): Uint8Array {
  return encode(MERGED_VERSION, batchTime, sections)
}

function encode(version: number, batchTime: BatchTime, sections: readonly ChangeSection[]): Uint8Array {
  const header = Uint8Array.of(...MAGIC, version)
  const footer = encodeValue([batchTime, ...sections.map(footerRow)])
  const footerSize = uint32(footer.length)
  const checksum = uint32(crc32c(footerSize, crc32c(footer, crc32c(header))))
  return concatBytes([header, ...sections.map(({ bytes }) => bytes), footer, footerSize, checksum])
}

function footerRow({ operator, partition, partitions, deletes, puts, timed, bytes }: ChangeSection): unknown[] {
  return [operator, partition, partitions, deletes, puts, Number(timed), bytes.length, crc32c(bytes)]
}

/** A changelog that was read: its index is checked, each section when it is used. */
export class Changelog {
  readonly name: string
  readonly batchTime: BatchTime
  readonly sections: readonly SectionIndex[]
  readonly #isMerged: boolean
  readonly #bytes: Uint8Array
  /** By table, once one has asked. */
  #byTable: ReadonlyMap<string, SectionIndex> | undefined

  /** `name` is what errors call the object; they have code `state-corrupt`. */
  constructor(bytes: Uint8Array, name: string) {
    const { batchTime, sections } = readingState(name, () => readIndex(bytes, name))
    this.name = name
    this.batchTime = batchTime
    this.sections = sections
    this.#isMerged = bytes[4] === MERGED_VERSION
    this.#bytes = bytes
  }

  /** How many entries it puts into a table, at most. */
  putsOf(table: TablePlace): number {
    const { puts = 0, sizeBytes = 0 } = this.#sectionOf(table) ?? {}
    return Math.min(puts, sizeBytes)
  }

  /** Brings a table's entries from before this batch to what they were after it. */
  applyTo(rows: Rows, table: TablePlace): void {
    const missing = (): void => {
      if (this.#isMerged) return
      throw stateCorrupt(this.name, `it deletes keys that are not in '${table.operator}'`)
    }
    this.applyToSome(rows, table, missing)
    rows.pack()
  }

  /** As `applyTo`, of a table of which not all entries are there: keys that it deletes and that are not are handed to `missing`. */
  applyToSome(rows: Rows, table: TablePlace, missing: (key: unknown) => void): void {
    const section = this.#sectionOf(table)
    if (section) this.#apply(rows, section, missing)
  }

  #sectionOf(table: TablePlace): SectionIndex | undefined {
    this.#byTable ??= new Map(this.sections.map((section) => [tableName(section), section]))
    return this.#byTable.get(tableName(table))
  }

  /** What is in one of its sections, for people to look at: keys that were deleted, then keys that were put. */
  *entriesOf(section: SectionIndex): Generator<ChangedEntry> {
    const reader = this.#readerOf(section)
    const read = () => readingState(this.name, () => reader.value())
    const nextTime = this.#timesOf(reader)
    for (let i = 0; i < section.deletes; i++) yield { kind: 'deleted', key: read() }
    for (let i = 0; i < section.puts; i++) {
      const entry = { kind: 'put', key: read(), value: read() } as const
      yield section.timed ? { ...entry, time: readingState(this.name, nextTime) } : entry
    }
  }

  /** What is in one of its sections, as it is stored. */
  *changesOf(section: SectionIndex): Generator<StoredChange> {
    const reader = this.#readerOf(section)
    const read = <T>(next: () => T) => readingState(this.name, next)
    const bytesOf = <T>(next: () => T) => {
      const start = reader.offset
      const value = read(next)
      return { value, bytes: this.#bytes.subarray(start, reader.offset) }
    }
    const nextTime = this.#timesOf(reader)
    const { deletes, puts, timed } = section
    for (let i = 0; i < deletes + puts; i++) {
      const { value: key, bytes: keyBytes } = bytesOf(() => reader.value())
      if (i < deletes) {
        yield { kind: 'deleted', key, keyBytes }
        continue
      }
      const { bytes: valueBytes } = bytesOf(() => reader.skip())
      const time = timed ? read(nextTime) : 0
      yield { kind: 'put', key, keyBytes, valueBytes, time }
    }
  }

  #readerOf({ operator, start, sizeBytes, crc32c: expected }: SectionIndex): ValueReader {
    const end = start + sizeBytes
    if (crc32c(this.#bytes.subarray(start, end)) !== expected)
      throw stateCorrupt(this.name, `the checksum of the changes of '${operator}' does not match`)
    return new ValueReader(this.#bytes, { start, end })
  }

  /** Reads when each of the puts was changed. */
  #timesOf(reader: ValueReader): () => number {
    let before = this.batchTime
    return () => {
      const time = before - reader.number()
      if (this.#isMerged) before = time
      return time
    }
  }

  #apply(rows: Rows, section: SectionIndex, missing: (key: unknown) => void): void {
    const reader = this.#readerOf(section)
    readingState(this.name, () => {
      for (let i = 0; i < section.deletes; i++) {
        const key = reader.value()
        const slot = rows.find(key)
        if (slot >= 0) rows.remove(slot)
        else missing(key)
      }
      this.#readPuts(reader, rows, section)
      if (!reader.atEnd)
        throw stateCorrupt(this.name, `more than the changes of '${section.operator}' is in its section`)
    })
  }

  #readPuts(reader: ValueReader, rows: Rows, { puts, timed }: SectionIndex): void {
    const page: Page = { bytes: this.#bytes }
    const nextTime = this.#timesOf(reader)
    const start = reader.offset
    for (let left = puts; left > 0; left -= CHUNK_PUTS) {
      const entries: Entry[] = []
      for (let i = Math.min(left, CHUNK_PUTS); i > 0; i--) {
        const [key, value] = [readKept(reader, page), readKept(reader, page)]
        entries.push({ key, value, time: timed ? nextTime() : 0 })
      }
      rows.putAll(entries, timed)
    }
    rows.written.changed(reader.offset - start, puts)
  }
}

interface Index {
  readonly batchTime: BatchTime
  readonly sections: readonly SectionIndex[]
}

function readIndex(bytes: Uint8Array, name: string): Index {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES + TRAILER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw stateCorrupt(name, 'it is not a changelog')
  const footerEnd = bytes.length - TRAILER_BYTES
  const footerStart = footerEnd - view.getUint32(footerEnd, true)
  if (footerStart < HEADER_BYTES) throw stateCorrupt(name, 'its footer is cut off')
  const covered = crc32c(bytes.subarray(footerStart, footerEnd + 4), crc32c(bytes.subarray(0, HEADER_BYTES)))
  if (covered !== view.getUint32(footerEnd + 4, true)) throw stateCorrupt(name, 'its checksum does not match')
  if (bytes[4] !== VERSION && bytes[4] !== MERGED_VERSION)
    throw stateCorrupt(name, `format version ${bytes[4]} is of a newer release`)
  const reader = new ValueReader(bytes, { start: footerStart, end: footerEnd })
  const [batchTime, ...sections] = asArray(reader.value())
  const index = readSections(sections)
  const end = index.at(-1)
  if (!reader.atEnd || !Number.isSafeInteger(batchTime) || index.length !== sections.length)
    throw stateCorrupt(name, 'its footer is no index')
  if ((end ? end.start + end.sizeBytes : HEADER_BYTES) !== footerStart)
    throw stateCorrupt(name, 'its sections do not fill it')
  return { batchTime: batchTime as BatchTime, sections: index }
}

/** Fewer than there are rows, if one is not an entry of an index. */
function readSections(rows: readonly unknown[]): SectionIndex[] {
  const index: SectionIndex[] = []
  let start = HEADER_BYTES
  for (const row of rows) {
    const [operator, ...numbers] = asArray(row)
    if (typeof operator !== 'string' || numbers.length !== 7 || !numbers.every(isCount)) return index
    const [partition = 0, partitions = 0, deletes = 0, puts = 0, timed, sizeBytes = 0, crc32c = 0] = numbers
    index.push({ operator, partition, partitions, deletes, puts, timed: timed === 1, start, sizeBytes, crc32c })
    start += sizeBytes
  }
  return index
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}
