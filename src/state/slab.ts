const FIRST_SLOTS = 16
/** Of slabs that have no slot yet: many never get one. */
const NO_NUMBERS = new Float64Array()

/**
 * A few numbers for each slot, side by side: what belongs to one entry is one access to memory, which is what touching many
 * entries in no order costs.
 */
export class Slab {
  /** Number `field` of a slot is at `slot * width + field`. Another array after each `reserve`. */
  numbers: Float64Array<ArrayBuffer> = NO_NUMBERS
  readonly width: number

  constructor(width: number) {
    this.width = width
  }

  /** The numbers of so many slots, as they are now. */
  copy(slots: number): Slab {
    const copy = new Slab(this.width)
    copy.numbers = this.numbers.slice(0, slots * this.width)
    return copy
  }

  /** Number `field` of some slots. A loop that does nothing else waits for the memory of many at once. */
  numbersAt(slots: Uint32Array, field: number): Float64Array {
    const { numbers, width } = this
    const found = new Float64Array(slots.length)
    for (let i = 0; i < slots.length; i++) found[i] = numbers[(slots[i] as number) * width + field] as number
    return found
  }

  /** Makes room for a slot, and for as many again when there is none; new numbers are 0. */
  reserve(slot: number): void {
    if ((slot + 1) * this.width <= this.numbers.length) return
    const slots = Math.max(FIRST_SLOTS, slot + 1)
    const larger = new Float64Array(Math.max(slots * this.width, this.numbers.length * 2))
    larger.set(this.numbers)
    this.numbers = larger
  }
}
