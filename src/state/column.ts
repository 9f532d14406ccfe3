import { Slab } from './slab.ts'

/** So many entries stay in the processor's cache between being read all at once and being used one after the other. */
export const READ_AT_ONCE = 4096

/**
 * One value per slot. Numbers alone lie in a slab, eight bytes each and nothing for a collector to look at; the first value of
 * another type moves the column into a plain array.
 */
export class Column {
  readonly #slab: Slab
  readonly #width: number
  readonly #field: number
  #mixed: unknown[] | undefined
  #length = 0

  /** In a slab of its own, if it is given none; `mixed`: what its slots hold instead. */
  constructor(slab: Slab = new Slab(1), field = 0, mixed?: unknown[]) {
    this.#slab = slab
    this.#width = slab.width
    this.#field = field
    this.#mixed = mixed
  }

  /** What it holds now, over a copy of its slab. */
  copy(slab: Slab): Column {
    return new Column(slab, this.#field, this.#mixed?.slice())
  }

  get(slot: number): unknown {
    if (this.#mixed !== undefined) return this.#mixed[slot]
    return this.#slab.numbers[slot * this.#width + this.#field]
  }

  /** What some slots hold. */
  valuesAt(slots: Uint32Array): ArrayLike<unknown> {
    return this.#mixed === undefined ? this.#slab.numbersAt(slots, this.#field) : itemsAt(this.#mixed, slots)
  }

  set(slot: number, value: unknown): void {
    if (slot >= this.#length) {
      this.#slab.reserve(slot)
      this.#length = slot + 1
    }
    if (this.#mixed === undefined && typeof value === 'number') {
      this.#slab.numbers[slot * this.#width + this.#field] = value
    } else this.#setAny(slot, value)
  }

  /** Lets go of what a slot held that is no longer used. */
  clear(slot: number): void {
    if (this.#mixed !== undefined) this.#mixed[slot] = undefined
  }

  #setAny(slot: number, value: unknown): void {
    this.#mixed ??= Array.from({ length: this.#length }, (_, at) => this.get(at))
    this.#mixed[slot] = value
  }
}

/** See `Slab.numbersAt`. */
export function itemsAt(items: readonly unknown[], slots: Uint32Array): unknown[] {
  const found: unknown[] = []
  for (let i = 0; i < slots.length; i++) found.push(items[slots[i] as number])
  return found
}
