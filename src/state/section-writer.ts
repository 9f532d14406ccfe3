import { ValueWriter } from '../util/value-writer.ts'
import type { ChangeSection } from './changelog.ts'
import type { Slot } from './keyed-state.ts'
import type { Rows } from './rows.ts'
import { inState } from './state-of-key.ts'
import { isScalar, isStored, type Page, Stored, sameBytes } from './stored.ts'
import type { TableId } from './table-id.ts'

/** About, of a key, a value and an age that are numbers. */
const PUT_BYTES = 8

export interface SectionInit {
  readonly id: TableId
  readonly rows: Rows
  readonly batchTime: number
  /** How many entries there may be. */
  readonly entries: number
}

/**
 * Writes what a run changed in a table, in the form of a changelog's section: first what it deleted, then what it put. Objects
 * that it set become their stored form, and live in the section. Throws code `not-encodable` for a value that cannot be stored.
 */
export class SectionWriter {
  readonly #id: TableId
  readonly #rows: Rows
  readonly #batchTime: number
  readonly #writer: ValueWriter
  readonly #page: Page = { bytes: new Uint8Array() }
  #deletes = 0
  #puts = 0
  #putsStart = 0

  constructor({ id, rows, batchTime, entries }: SectionInit) {
    this.#id = id
    this.#rows = rows
    this.#batchTime = batchTime
    this.#writer = new ValueWriter(entries * PUT_BYTES + 64)
  }

  delete(slot: Slot): void {
    this.#rows.writeKey(this.#writer, slot)
    this.#deletes++
    this.#putsStart = this.#writer.length
  }

  /** Puts an entry whose value or time is another than before, unless the value is an object that is equal. */
  put(slot: Slot, before: unknown, timeBefore: number | undefined): void {
    const rows = this.#rows
    const value = rows.value(slot)
    const hasItsTime = rows.time(slot) === timeBefore
    const start = this.#writer.length
    const valueStart = this.#writeEntry(slot, value)
    const isEqual = isStored(before) && value !== before && sameBytes(this.#writer.since(valueStart), before.bytes())
    if (isEqual) rows.setValue(slot, before)
    else if (value !== before) this.#keep(slot, value, valueStart)
    if (isEqual && hasItsTime) this.#writer.truncate(start)
    else this.#endPut(slot)
  }

  /** Puts an entry that was not there. */
  append(slot: Slot): void {
    const value = this.#rows.value(slot)
    this.#keep(slot, value, this.#writeEntry(slot, value))
    this.#endPut(slot)
  }

  /** `undefined`: nothing changed. */
  section(): ChangeSection | undefined {
    const { timed } = this.#rows
    this.#rows.written.changed(this.#writer.length - this.#putsStart, this.#puts)
    this.#page.bytes = this.#writer.toBytes()
    const [deletes, puts] = [this.#deletes, this.#puts]
    return deletes + puts === 0 ? undefined : { ...this.#id, deletes, puts, timed, bytes: this.#page.bytes }
  }

  /** Key and value; returns where the value begins. */
  #writeEntry(slot: Slot, value: unknown): number {
    const writer = this.#writer
    this.#rows.writeKey(writer, slot)
    const start = writer.length
    if (typeof value === 'number') writer.number(value)
    // It was settled, or only its time has changed.
    else if (isStored(value)) writer.raw(value.bytes())
    else this.#writeValue(slot, value)
    return start
  }

  #writeValue(slot: Slot, value: unknown): void {
    try {
      this.#writer.value(value)
    } catch (error) {
      throw inState(this.#id.operator, this.#rows.key(slot), error)
    }
  }

  /** From now on an object that was set is what was written of it, here. */
  #keep(slot: Slot, value: unknown, start: number): void {
    if (isScalar(value)) return
    this.#rows.setValue(slot, new Stored(this.#page, start, this.#writer.length))
  }

  #endPut(slot: Slot): void {
    this.#rows.writeAge(this.#writer, slot, this.#batchTime)
    this.#puts++
  }
}
