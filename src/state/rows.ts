import { encodeValue } from '../util/codec.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import type { ValueReader } from '../util/value-reader.ts'
import type { ValueWriter } from '../util/value-writer.ts'
import { type Page, Stored } from './stored.ts'

/**
 * The entries of one operator's partition as they stay in memory from batch to batch: scalars as they are, objects in
 * stored form. In first-seen order, which deletes, puts in place and puts at the end keep through changelogs.
 *
 * Objects live in the pages they were read from or written to. A snapshot moves them all into its own bytes, so what is held
 * stays below what a restore would read: the snapshot and the changelogs since.
 */
export class Rows {
  /** Between batches: scalars and `Stored`; during a run also the objects that were set. */
  readonly values = new Map<MapKey, unknown>()
  /** The keys that are not their own map key, in the form in which they were first seen. */
  readonly #keys = new Map<MapKey, Stored>()
  #writtenBytes = 0
  #writtenEntries = 0

  /** How large a snapshot would be, about: by the average entry of the last one and of the changes since. */
  get sizeBytes(): number {
    return this.#writtenEntries === 0 ? 0 : (this.values.size * this.#writtenBytes) / this.#writtenEntries
  }

  key(id: MapKey): unknown {
    return isStructured(id) ? this.#keys.get(id)?.value() : id
  }

  /** Keeps what the key is, apart from the caller's object. */
  addKey(id: MapKey, key: unknown): void {
    if (!isStructured(id)) return
    const bytes = encodeValue(key)
    this.#keys.set(id, new Stored({ bytes }, 0, bytes.length))
  }

  dropKey(id: MapKey): void {
    if (isStructured(id)) this.#keys.delete(id)
  }

  writeKey(writer: ValueWriter, id: MapKey): void {
    const key = isStructured(id) ? this.#keys.get(id) : undefined
    if (key === undefined) writer.value(id)
    else writer.raw(key.bytes())
  }

  /** Writes all entries in order; objects live in `page` from now on, whose bytes the caller supplies. */
  write(writer: ValueWriter, page: Page): void {
    const start = writer.length
    for (const [id, value] of this.values) {
      const key = isStructured(id) ? this.#keys.get(id) : undefined
      if (key === undefined) writer.value(id)
      else key.moveTo(writer, page)
      if (value instanceof Stored) value.moveTo(writer, page)
      else writer.value(value)
    }
    this.#writtenBytes = 0
    this.#writtenEntries = 0
    this.count(writer.length - start, this.values.size)
  }

  /** Notes what entries take, for `sizeBytes`. */
  count(bytes: number, entries: number): void {
    this.#writtenBytes += bytes
    this.#writtenEntries += entries
  }

  /** Reads entries written by `write` or as puts of a changelog: known keys keep their place, new ones go to the end. */
  readPuts(reader: ValueReader, entries: number, page: Page): void {
    const start = reader.offset
    for (let i = 0; i < entries; i++) {
      const id = this.#readKey(reader, page)
      this.values.set(id, reader.atObject ? skipObject(reader, page) : reader.value())
    }
    this.count(reader.offset - start, entries)
  }

  /** Returns how many of the keys to delete were not there. */
  readDeletes(reader: ValueReader, entries: number): number {
    let missing = 0
    for (let i = 0; i < entries; i++) {
      const id = mapKey(reader.value())
      this.dropKey(id)
      if (!this.values.delete(id)) missing++
    }
    return missing
  }

  #readKey(reader: ValueReader, page: Page): MapKey {
    const start = reader.offset
    const id = mapKey(reader.value())
    if (isStructured(id)) this.#keys.set(id, new Stored(page, start, reader.offset))
    return id
  }
}

function skipObject(reader: ValueReader, page: Page): Stored {
  const start = reader.offset
  reader.skip()
  return new Stored(page, start, reader.offset)
}

/** Whether the map key stands for another value: a structured key, or a string that could be taken for one. */
function isStructured(id: MapKey): boolean {
  return typeof id === 'string' && id.charCodeAt(0) === 0
}
