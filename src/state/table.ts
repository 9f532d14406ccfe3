import { assert } from '../util/assert.ts'
import { decodeValue, encodeValue } from '../util/codec.ts'
import { SluiceError } from '../util/errors.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { ChangeSection } from './changelog.ts'
import type { ColdEntries } from './cold-entries.ts'
import { READ_AT_ONCE } from './column.ts'
import type { Slot, StateTable } from './keyed-state.ts'
import type { Rows } from './rows.ts'
import { SectionWriter } from './section-writer.ts'
import { inState } from './state-of-key.ts'
import { isScalar, isStored, keptValue, type Page, Stored, sameBytes } from './stored.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'
import type { TableId } from './table-id.ts'
import { type Before, Touched } from './touched.ts'

/**
 * One operator's partition during one run. What changed is decided by value when the run is sealed: a value set to what it
 * was writes nothing, an object set after it was mutated in place is a change.
 *
 * Objects are handed out as copies (see `Stored`), until they are set: then `get` returns the very object of this batch, and
 * `entries` still copies. What is done to a copy counts only if it is set; what is done to an object that was set counts
 * until it is settled, or the table sealed. Both hold alike for a table kept warm and one restored, so a batch cannot come out
 * differently after a restart.
 */
export class Table<K, V> implements StateTable<K, V> {
  readonly id: TableId
  #rows: Rows | undefined
  /** Present while not all of the table is in the rows. */
  readonly cold: ColdTable | undefined
  /** What the run finds in slots before this; from here on is what it put at the end: new keys, and deleted ones that came back. */
  #appendedFrom: Slot
  /** Appended slots are not in it. */
  readonly #touched = new Touched()
  /** How many of the touched slots have no entry any more. */
  #deleted = 0

  constructor(id: TableId, rows: Rows, cold?: ColdTable) {
    this.id = id
    this.#rows = rows
    this.cold = cold
    this.#appendedFrom = rows.slots
  }

  get memo(): unknown {
    return this.#use().memo
  }

  set memo(memo: unknown) {
    this.#use().memo = memo
  }

  get isUntouched(): boolean {
    return this.#touched.length === 0 && this.#use().slots === this.#appendedFrom
  }

  get size(): number {
    return this.#useAll().size
  }

  get slots(): number {
    return this.#useAll().slots
  }

  get(key: K): V | undefined {
    const slot = this.find(key)
    return slot < 0 ? undefined : this.valueAt(slot)
  }

  has(key: K): boolean {
    return this.find(key) >= 0
  }

  set(key: K, value: V): void {
    const slot = this.find(key)
    if (slot < 0) this.append(key, value)
    else this.setAt(slot, value)
  }

  delete(key: K): boolean {
    const slot = this.find(key)
    if (slot < 0) return false
    this.deleteAt(slot)
    return true
  }

  *entries(): IterableIterator<readonly [K, V]> {
    for (let slot = 0; slot < this.slots; slot++) {
      if (this.isAlive(slot)) yield [this.keyAt(slot), this.copyAt(slot)]
    }
  }

  prefetch(keys: readonly K[]): Promise<void> | undefined {
    return this.#fetch((entries, snapshot) => entries.load(keys, snapshot))
  }

  prefetchExpired(time: number): Promise<void> | undefined {
    return this.#fetch((entries, snapshot) => entries.loadExpired(time, snapshot))
  }

  find(key: K): Slot {
    return this.#use().find(key)
  }

  findAll(keys: readonly K[], from: number, until: number): Int32Array {
    return this.#use().findAll(keys, from, until)
  }

  readAhead(slots: Int32Array): void {
    const rows = this.#use()
    this.#touched.noteMarked(rows, rows.markAll(slots, this.#appendedFrom))
  }

  isAlive(slot: Slot): boolean {
    return this.#use().isAlive(slot)
  }

  keyAt(slot: Slot): K {
    return this.#use().key(slot) as K
  }

  valueAt(slot: Slot): V {
    return keptValue(this.#use().value(slot)) as V
  }

  copyAt(slot: Slot): V {
    try {
      return copyOf(this.#use().value(slot)) as V
    } catch (error) {
      throw inState(this.id.operator, this.keyAt(slot), error)
    }
  }

  timeAt(slot: Slot): number | undefined {
    return this.#use().time(slot)
  }

  setAt(slot: Slot, value: V, time?: number): void {
    const rows = this.#use()
    const now = rows.value(slot)
    if (!Object.is(now, value)) {
      this.#touch(rows, slot)
      rows.setValue(slot, value)
    }
    if (time !== undefined) this.touchAt(slot, time)
  }

  update(from: Slot, until: Slot, next: (slot: Slot, value: V) => V | undefined): void {
    const rows = this.#useAll()
    const made: Made = { writer: new ValueWriter(256), page: { bytes: new Uint8Array() } }
    for (let slot = from; slot < until; slot++) {
      if (!rows.isAlive(slot)) continue
      const value = keptValue(rows.value(slot)) as V
      const result = next(slot, value)
      if (!Object.is(result, value) || typeof result === 'object') this.#replace(slot, result, made)
    }
    made.page.bytes = made.writer.toBytes()
  }

  touchAt(slot: Slot, time: number): void {
    const rows = this.#use()
    if (rows.time(slot) === time) return
    this.#touch(rows, slot)
    rows.setTime(slot, time)
  }

  settle(slots: readonly Slot[]): void {
    const rows = this.#use()
    const writer = new ValueWriter()
    const page: Page = { bytes: new Uint8Array() }
    for (const slot of slots) {
      const value = rows.value(slot)
      if (!rows.isAlive(slot) || isScalar(value) || isStored(value)) continue
      const start = writer.length
      this.#write(writer, value, slot)
      rows.setValue(slot, new Stored(page, start, writer.length))
    }
    page.bytes = writer.toBytes()
  }

  append(key: K, value: V, time?: number): Slot {
    return this.#use().append(key, value, time)
  }

  deleteAt(slot: Slot): void {
    const rows = this.#use()
    this.#touch(rows, slot)
    if (slot < this.#appendedFrom) this.#deleted++
    rows.remove(slot)
  }

  takeExpired(time: number): readonly Slot[] {
    const expired = this.#use().takeExpired(time)
    return this.cold ? this.cold.entries.inOrder(expired) : expired
  }

  /**
   * Writes what the run changed, and turns the objects it set into their stored form. `undefined`: nothing changed. Throws
   * code `not-encodable` for a value that cannot be stored; the rows are then of no use any more.
   */
  seal(batchTime: number): ChangeSection | undefined {
    const rows = this.#use()
    const entries = this.#touched.length + rows.slots - this.#appendedFrom
    const writer = new SectionWriter({ id: this.id, rows, batchTime, entries })
    const touched = this.#touched.inOrder()
    if (this.#deleted > 0) for (const slot of touched.slots) if (!rows.isAlive(slot)) writer.delete(slot)
    for (let from = 0; from < touched.slots.length; from += READ_AT_ONCE) putChanged(rows, writer, touched, from)
    for (let slot = this.#appendedFrom; slot < rows.slots; slot++) if (rows.isAlive(slot)) writer.append(slot)
    const section = writer.section()
    // A slot without an entry says that the key is not there any more.
    if (!this.cold) rows.pack()
    return section
  }

  /** Ends the table and gives its rows to the caller alone. */
  release(): Rows {
    const rows = this.#use()
    this.end()
    return rows
  }

  /** Whoever still has the table gets errors from now on, whatever a promise that wakes up late may try. */
  end(): void {
    this.#rows = undefined
  }

  /**
   * Sets an object only if its value is another: what did not change is to leave no trace. As it is now, also if the function
   * changes it for another key.
   */
  #replace(slot: Slot, value: V | undefined, { writer, page }: Made): void {
    if (value === undefined) this.deleteAt(slot)
    else if (isScalar(value)) this.setAt(slot, value)
    else {
      const start = writer.length
      this.#write(writer, value, slot)
      const before = this.#use().value(slot)
      if (isStored(before) && sameBytes(writer.since(start), before.bytes())) writer.truncate(start)
      else this.setAt(slot, new Stored(page, start, writer.length) as V)
    }
  }

  #write(writer: ValueWriter, value: unknown, slot: Slot): void {
    try {
      writer.value(value)
    } catch (error) {
      throw inState(this.id.operator, this.keyAt(slot), error)
    }
  }

  #touch(rows: Rows, slot: Slot): void {
    if (slot < this.#appendedFrom) this.#touched.note(rows, slot)
  }

  #fetch(fetch: (entries: ColdEntries, snapshot: StoredSnapshot) => Promise<void>): Promise<void> | undefined {
    const cold = this.cold
    if (cold === undefined) return undefined
    assert(this.isUntouched, `state of '${this.id.operator}' is looked for after some of it was changed`)
    return fetch(cold.entries, cold.snapshot).then(() => {
      this.#appendedFrom = this.#use().slots
    })
  }

  #useAll(): Rows {
    assert(!this.cold, `all state of '${this.id.operator}' is asked for, but only some keys were said to be wanted`)
    return this.#use()
  }

  #use(): Rows {
    if (this.#rows === undefined) throw ended(this.id)
    return this.#rows
  }
}

/** Objects in stored form, whose page is there when all are written. */
interface Made {
  readonly writer: ValueWriter
  readonly page: Page
}

/** What is needed to find more entries of a table. */
export interface ColdTable {
  readonly entries: ColdEntries
  readonly snapshot: StoredSnapshot
}

/** Writes which of some touched slots have changed. */
function putChanged(rows: Rows, writer: SectionWriter, { slots, values, times }: Before, from: number): void {
  const some = slots.subarray(from, from + READ_AT_ONCE)
  const valuesNow = rows.valuesAt(some)
  const timesNow = rows.timesAt(some)
  for (let i = 0; i < some.length; i++) {
    const slot = some[i] as Slot
    const [before, timeBefore] = [values[from + i], times?.[from + i] as number | undefined]
    rows.unmark(slot)
    if (!rows.isAlive(slot) || (Object.is(valuesNow[i], before) && timesNow?.[i] === timeBefore)) continue
    writer.put(slot, before, timeBefore)
  }
}

/** The error for a table that somebody still uses when its run is over. */
export function ended({ operator }: TableId): SluiceError {
  return new SluiceError({
    code: 'assertion-failed',
    kind: 'internal',
    message: `Internal: state of '${operator}' is used after the end of its batch's run`,
  })
}

/** What is read of a whole table goes to other operators, whose functions may change it: they get objects of their own. */
function copyOf(value: unknown): unknown {
  if (isScalar(value)) return value
  return isStored(value) ? value.value() : decodeValue(encodeValue(value))
}
