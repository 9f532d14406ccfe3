import { Column } from './column.ts'
import type { Slot } from './keyed-state.ts'
import { radixSorted } from './radix-sort.ts'
import type { Rows } from './rows.ts'
import { SlotList } from './slot-list.ts'

/** Slots in their order, and what each held before. */
export interface Before {
  readonly slots: Uint32Array
  readonly values: ArrayLike<unknown>
  /** Absent where nothing has times. */
  readonly times: ArrayLike<unknown> | undefined
}

/** The slots that a run touched, each once, and what they held before: by this a seal tells what has changed. */
export class Touched {
  readonly #slots = new SlotList()
  readonly #values = new Column()
  readonly #times = new Column()
  #timed = false

  get length(): number {
    return this.#slots.length
  }

  /** To be called before a slot is changed. */
  note(rows: Rows, slot: Slot): void {
    if (rows.isMarked(slot)) return
    rows.mark(slot)
    this.#add(slot, rows.value(slot), rows.time(slot))
  }

  /** As `note`, of slots that were not touched before, and are marked. */
  noteMarked(rows: Rows, slots: Uint32Array): void {
    const values = rows.valuesAt(slots)
    const times = rows.timesAt(slots)
    for (let i = 0; i < slots.length; i++) this.#add(slots[i] as number, values[i], times?.[i] as number | undefined)
  }

  /** In the order in which they lie in memory. */
  inOrder(): Before {
    const numbers = this.#slots.all().slice()
    const places = new Uint32Array(numbers.length)
    for (let place = 0; place < places.length; place++) places[place] = place
    const sorted = radixSorted({ numbers, items: places })
    const times = this.#timed ? this.#times.valuesAt(sorted.items) : undefined
    return { slots: sorted.numbers, values: this.#values.valuesAt(sorted.items), times }
  }

  #add(slot: Slot, value: unknown, time: number | undefined): void {
    const at = this.#slots.length
    this.#slots.push(slot)
    this.#values.set(at, value)
    if (time === undefined) return
    this.#times.set(at, time)
    this.#timed = true
  }
}
