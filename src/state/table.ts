import { assert } from '../util/assert.ts'
import { decodeValue, encodeValue } from '../util/codec.ts'
import { SluiceError } from '../util/errors.ts'
import { canonicalKey, type MapKey, mapKey } from '../util/key.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { ChangeSection } from './changelog.ts'
import type { StateTable } from './keyed-state.ts'
import type { Rows } from './rows.ts'
import { isScalar, type Page, Stored, sameBytes } from './stored.ts'
import type { TableId } from './table-id.ts'

/**
 * One operator's partition during one run. What changed is decided by value when the run is sealed: a value set to what it
 * was writes nothing, an object set after it was mutated in place is a change.
 *
 * Objects are handed out as copies (see `Stored`), until they are set: then `get` returns the very object of this batch, and
 * `entries` still copies. What is done to a copy counts only if it is set; what is done to an object that was set counts until the
 * seal. Both hold alike for a table kept warm and one restored, so a batch cannot come out differently after a restart.
 */
export class Table<K, V> implements StateTable<K, V> {
  readonly id: TableId
  #rows: Rows | undefined
  /** What the keys that were touched had before, in the order of the first touch. New keys are not in it. */
  readonly #before = new Map<MapKey, unknown>()
  /** The keys that this batch put at the end, in that order: new ones, and deleted ones that came back. */
  readonly #appended = new Set<MapKey>()

  constructor(id: TableId, rows: Rows) {
    this.id = id
    this.#rows = rows
  }

  get size(): number {
    return this.#use().values.size
  }

  get(key: K): V | undefined {
    return handOut(this.#use().values.get(mapKey(key))) as V | undefined
  }

  has(key: K): boolean {
    return this.#use().values.has(mapKey(key))
  }

  set(key: K, value: V): void {
    const rows = this.#use()
    const id = mapKey(key)
    const now = rows.values.get(id)
    if (now === undefined && !rows.values.has(id)) {
      rows.addKey(id, key)
      this.#appended.add(id)
    } else {
      if (Object.is(now, value)) return
      this.#touch(id, now)
    }
    rows.values.set(id, value)
  }

  delete(key: K): boolean {
    const rows = this.#use()
    const id = mapKey(key)
    const now = rows.values.get(id)
    if (!rows.values.delete(id)) return false
    if (!this.#appended.delete(id)) this.#touch(id, now)
    else if (!this.#before.has(id)) rows.dropKey(id)
    return true
  }

  *entries(): IterableIterator<readonly [K, V]> {
    const rows = this.#use()
    for (const [id, value] of rows.values) {
      yield [rows.key(id) as K, copyOf(value) as V]
      this.#use()
    }
  }

  /**
   * Writes what the run changed, and turns the objects it set into their stored form. `undefined`: nothing changed. Throws
   * code `not-encodable` for a value that cannot be stored; the rows are then of no use any more.
   */
  seal(): ChangeSection | undefined {
    const rows = this.#use()
    const page: Page = { bytes: new Uint8Array() }
    const writer = new ValueWriter((this.#before.size + this.#appended.size) * 12 + 64)
    const deletes = this.#writeDeletes(rows, writer)
    const putsStart = writer.length
    const puts = this.#writePuts({ rows, writer, page })
    rows.count(writer.length - putsStart, puts)
    this.#before.clear()
    this.#appended.clear()
    page.bytes = writer.toBytes()
    return deletes + puts === 0 ? undefined : { ...this.id, deletes, puts, bytes: page.bytes }
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

  #touch(id: MapKey, before: unknown): void {
    if (!this.#appended.has(id) && !this.#before.has(id)) this.#before.set(id, before)
  }

  #writeDeletes(rows: Rows, writer: ValueWriter): number {
    let deletes = 0
    for (const id of this.#before.keys()) {
      const gone = !rows.values.has(id)
      if (!gone && !this.#appended.has(id)) continue
      rows.writeKey(writer, id)
      if (gone) rows.dropKey(id)
      deletes++
    }
    return deletes
  }

  #writePuts(target: Target): number {
    const { rows, writer } = target
    let puts = 0
    for (const [id, before] of this.#before) {
      const value = rows.values.get(id)
      if (Object.is(value, before) || this.#appended.has(id) || !rows.values.has(id)) continue
      const start = writer.length
      if (this.#writePut(target, id, before)) puts++
      else writer.truncate(start)
    }
    for (const id of this.#appended) this.#writePut(target, id, undefined)
    return puts + this.#appended.size
  }

  /** Whether the value is another than `before`; if it is not, what was written is to be forgotten. */
  #writePut({ rows, writer, page }: Target, id: MapKey, before: unknown): boolean {
    const value = rows.values.get(id)
    rows.writeKey(writer, id)
    const start = writer.length
    this.#writeValue(writer, value, id)
    if (isScalar(value)) return true
    const unchanged = before instanceof Stored && sameBytes(writer.since(start), before.bytes())
    rows.values.set(id, unchanged ? before : new Stored(page, start, writer.length))
    return !unchanged
  }

  #writeValue(writer: ValueWriter, value: unknown, id: MapKey): void {
    try {
      writer.value(value)
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const { code, kind, message } = error
      const where = `State of '${this.id.operator}', key ${canonicalKey(this.#use().key(id))}`
      throw new SluiceError({ code, kind, message: `${where}: ${message}`, cause: error })
    }
  }

  #use(): Rows {
    assert(this.#rows !== undefined, `state of '${this.id.operator}' is used after the end of its batch's run`)
    return this.#rows
  }
}

interface Target {
  readonly rows: Rows
  readonly writer: ValueWriter
  readonly page: Page
}

function handOut(value: unknown): unknown {
  return value instanceof Stored ? value.value() : value
}

/** What is read of a whole table goes to other operators, whose functions may change it: they get objects of their own. */
function copyOf(value: unknown): unknown {
  if (isScalar(value)) return value
  return value instanceof Stored ? value.value() : decodeValue(encodeValue(value))
}
