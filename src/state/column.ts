const FIRST_CAPACITY = 16

/**
 * One value per slot. Numbers alone lie in a typed array, eight bytes each and nothing for a collector to look at; the first
 * value of another type turns the column into a plain array.
 */
export class Column {
  #numbers = new Float64Array(FIRST_CAPACITY)
  #mixed: unknown[] | undefined
  #length = 0

  get(slot: number): unknown {
    return this.#mixed === undefined ? this.#numbers[slot] : this.#mixed[slot]
  }

  set(slot: number, value: unknown): void {
    if (slot >= this.#length) this.#length = slot + 1
    if (this.#mixed === undefined && typeof value === 'number') this.#setNumber(slot, value)
    else this.#setAny(slot, value)
  }

  /** Lets go of what a slot held that is no longer used. */
  clear(slot: number): void {
    if (this.#mixed !== undefined) this.#mixed[slot] = undefined
  }

  #setNumber(slot: number, value: number): void {
    if (slot >= this.#numbers.length) this.#numbers = grown(this.#numbers, slot + 1)
    this.#numbers[slot] = value
  }

  #setAny(slot: number, value: unknown): void {
    if (this.#mixed === undefined) {
      this.#mixed = Array.from(this.#numbers.subarray(0, this.#length))
      this.#numbers = new Float64Array(0)
    }
    this.#mixed[slot] = value
  }
}

/** The same numbers with room for at least `needed`, and for as many again before the next growth. */
export function grown(numbers: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(needed, numbers.length * 2, FIRST_CAPACITY))
  larger.set(numbers)
  return larger
}
