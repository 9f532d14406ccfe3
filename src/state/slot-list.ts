import type { Slot } from './keyed-state.ts'

const FIRST_SLOTS = 16

/** A list of slots: four bytes each, and nothing for a collector to look at. */
export class SlotList {
  #slots = new Uint32Array(FIRST_SLOTS)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(slot: Slot): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[this.#length++] = slot
  }

  /** Those that are there now; good until the next `push`. */
  all(): Uint32Array {
    return this.#slots.subarray(0, this.#length)
  }

  /** Takes out all others, and says how many these were. */
  keep(isKept: (slot: Slot) => boolean): number {
    const slots = this.#slots
    const before = this.#length
    let kept = 0
    for (let at = 0; at < before; at++) {
      const slot = slots[at] as Slot
      if (isKept(slot)) slots[kept++] = slot
    }
    this.#length = kept
    if (kept < slots.length / 4) this.#slots = slots.slice(0, Math.max(kept, FIRST_SLOTS))
    return before - kept
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2)
    larger.set(this.#slots)
    this.#slots = larger
  }
}
