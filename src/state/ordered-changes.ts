import { assert } from '../util/assert.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import { ValueReader } from '../util/value-reader.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { Entry } from './entry.ts'
import { isStored, type Page, readKept, sameBytes } from './stored.ts'

const DELETED = 0
const PUT = 1

/**
 * What a walk over a table changes, in the form in which a changelog stores it: some bytes for each change, however many there
 * are. Changes come in the order of the walk, so that a later walk meets them in theirs.
 */
export class OrderedChanges {
  #deletes = new ValueWriter()
  #puts = new ValueWriter()
  /** For each entry of the walk that changed: how many it comes after the one before, and whether it was deleted or put. */
  readonly #marks = new ValueWriter()
  #marked = 0
  /** Once all is written: its bytes, and where the puts begin in them. */
  #written: { readonly bytes: Uint8Array; readonly start: number } | undefined
  deletes = 0
  puts = 0
  /** How many of the puts come after all that the walk met. */
  appended = 0

  /** Deletes the entry that the walk met as its `place`th. */
  delete(place: number, key: unknown): void {
    this.#mark(place, DELETED)
    writeKept(this.#deletes, key)
    this.deletes++
  }

  /** Puts a value to the entry that the walk met as its `place`th, unless it is `before`. Throws code `not-encodable`. */
  put(place: number, { key, value: before }: Pick<Entry, 'key' | 'value'>, value: unknown): void {
    const start = this.#puts.length
    writeKept(this.#puts, key)
    const valueStart = this.#puts.length
    this.#writeValue(value, start)
    if (isStored(before) && sameBytes(this.#puts.since(valueStart), before.bytes())) this.#puts.truncate(start)
    else {
      this.#mark(place, PUT)
      this.puts++
    }
  }

  /** Adds a key that is not there. Throws code `not-encodable`. */
  append(key: unknown, value: unknown): void {
    this.#assertOpen()
    const start = this.#puts.length
    this.#puts.value(key === 0 ? 0 : key)
    this.#writeValue(value, start)
    this.puts++
    this.appended++
  }

  /** The section of a changelog. Nothing is changed any more from here on. */
  bytes(): Uint8Array {
    return this.#end().bytes
  }

  /** For one more walk over the same entries. */
  reader(): ChangesReader {
    const { bytes, start } = this.#end()
    return new ChangesReader({ bytes }, { start, marks: this.#marks.since(0), appended: this.appended })
  }

  #end(): { readonly bytes: Uint8Array; readonly start: number } {
    if (this.#written) return this.#written
    const start = this.#deletes.length
    this.#written = { bytes: concatBytes([this.#deletes.since(0), this.#puts.since(0)]), start }
    this.#deletes = new ValueWriter(0)
    this.#puts = new ValueWriter(0)
    return this.#written
  }

  #assertOpen(): void {
    assert(this.#written === undefined, 'streamed state is changed after it was read')
  }

  #writeValue(value: unknown, start: number): void {
    try {
      this.#puts.value(value)
    } catch (error) {
      this.#puts.truncate(start)
      throw error
    }
  }

  #mark(place: number, kind: number): void {
    this.#assertOpen()
    this.#marks.uint((place - this.#marked) * 2 + kind)
    this.#marked = place
  }
}

interface ChangeBytes {
  /** Where the puts begin. */
  readonly start: number
  readonly marks: Uint8Array
  readonly appended: number
}

/** Brings what a walk met to what it made of it. */
export class ChangesReader {
  readonly #page: Page
  readonly #marks: ValueReader
  readonly #puts: ValueReader
  readonly #appended: number
  #place = 0
  /** The next entry that changed, and what became of it. */
  #next = { place: 0, kind: DELETED }

  constructor(page: Page, { start, marks, appended }: ChangeBytes) {
    this.#page = page
    this.#marks = new ValueReader(marks)
    this.#puts = new ValueReader(page.bytes, { start, end: page.bytes.length })
    this.#appended = appended
    this.#readMark()
  }

  /** What became of the next entries of the walk. */
  now(entries: readonly Entry[]): readonly Entry[] {
    if (this.#place + entries.length <= this.#next.place) {
      this.#place += entries.length
      return entries
    }
    return entries.map((entry) => this.#now(entry)).filter((entry) => entry !== undefined)
  }

  /** Nothing, if it was deleted. */
  #now(entry: Entry): Entry | undefined {
    if (this.#place++ < this.#next.place) return entry
    const { kind } = this.#next
    this.#readMark()
    return kind === PUT ? this.#put() : undefined
  }

  /** What comes after all that the walk met. */
  *appended(): Generator<Entry, void> {
    for (let i = 0; i < this.#appended; i++) yield this.#put()
  }

  #put(): Entry {
    return { key: readKept(this.#puts, this.#page), value: readKept(this.#puts, this.#page), time: 0 }
  }

  #readMark(): void {
    if (this.#marks.atEnd) {
      this.#next = { place: Number.POSITIVE_INFINITY, kind: DELETED }
      return
    }
    const mark = this.#marks.uint()
    this.#next = { place: this.#next.place + Math.floor(mark / 2), kind: mark % 2 }
  }
}

function writeKept(writer: ValueWriter, kept: unknown): void {
  if (isStored(kept)) writer.raw(kept.bytes())
  else writer.value(kept)
}
