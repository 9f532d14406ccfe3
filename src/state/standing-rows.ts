import type { Column } from './column.ts'
import type { Entry, PlacedEntry } from './entry.ts'
import type { HashedSlots } from './hash-order.ts'
import type { SizeEstimate } from './size-estimate.ts'

/** Slots and what they hold, column by column. */
export interface StandingColumns {
  readonly keys: Column
  readonly values: Column
  /** Absent where entries have no times. */
  readonly times: Column | undefined
  /** To be gone through once. */
  readonly order: Iterable<HashedSlots>
  /** How many slots there are, and which of them have entries. */
  readonly slots: number
  readonly isAlive: (slot: number) => boolean
  readonly size: number
  readonly written: SizeEstimate
}

/** The entries of rows as they were at an instant, whatever becomes of the rows while these are written. */
export class StandingRows {
  readonly size: number
  /** See `Rows.written`, which this shares. */
  readonly written: SizeEstimate
  readonly #columns: StandingColumns

  constructor(columns: StandingColumns) {
    this.size = columns.size
    this.written = columns.written
    this.#columns = columns
  }

  get slots(): number {
    return this.#columns.slots
  }

  get timed(): boolean {
    return this.#columns.times !== undefined
  }

  /** See `Rows.inHashOrder`. */
  inHashOrder(): Iterable<HashedSlots> {
    return this.#columns.order
  }

  isAlive(slot: number): boolean {
    return this.#columns.isAlive(slot)
  }

  /** See `Rows.entriesAt`. */
  entriesAt(slots: Uint32Array, placeOf: (slot: number) => number): (PlacedEntry | undefined)[] {
    const { keys, values, times } = this.#columns
    const columns = { keys: keys.valuesAt(slots), values: values.valuesAt(slots), times: times?.valuesAt(slots) }
    return placedEntries(columns, slots, (slot) => (this.isAlive(slot) ? placeOf(slot) : undefined))
  }

  /** The key of a slot, with an entry or without, as it is kept. */
  keyAt(slot: number): unknown {
    return this.#columns.keys.get(slot)
  }
}

/** By entry. */
export type EntryColumns = { readonly [C in 'keys' | 'values']: ArrayLike<unknown> } & {
  readonly times: ArrayLike<unknown> | undefined
}

/** The entries of some slots; none where nothing is the place. */
export function placedEntries(
  { keys, values, times }: EntryColumns,
  slots: Uint32Array,
  placeOf: (slot: number) => number | undefined,
): (PlacedEntry | undefined)[] {
  const entries: (PlacedEntry | undefined)[] = []
  for (let i = 0; i < slots.length; i++) {
    const place = placeOf(slots[i] as number)
    const time = (times?.[i] ?? 0) as Entry['time']
    entries.push(place === undefined ? undefined : { key: keys[i], value: values[i], time, place })
  }
  return entries
}
