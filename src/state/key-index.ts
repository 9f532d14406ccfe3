import { encodeValue } from '../util/codec.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import type { ValueWriter } from '../util/value-writer.ts'
import { grown } from './column.ts'
import { isScalar, type Page, Stored } from './stored.ts'

const FIRST_CELLS = 32
/** The golden ratio of 2^32: spreads consecutive keys, and keys that share their low bits, over all cells. */
const GOLDEN = 0x9e3779b1
const BITS_OF = new Float64Array(1)
const WORDS = new Int32Array(BITS_OF.buffer)

/**
 * The keys of a table, one per slot in the order in which they came, and where each is. Compared by value (`util/key.ts`).
 *
 * Numbers alone lie in a typed array with an open hash table of slots over it: two memory accesses a look-up, 16 to 24 bytes a
 * key. The first key of another type moves all to a `Map`. Slots are never taken out: a key whose slot is dead is found
 * there until it is added again or the table is compacted; whoever looks it up knows which slots live.
 */
export class KeyIndex {
  /** While there are only numbers: the keys, and cells with a slot plus one; 0 is free. */
  #numbers = new Float64Array(FIRST_CELLS / 2)
  #cells = new Int32Array(FIRST_CELLS)
  #shift = 32 - Math.log2(FIRST_CELLS)
  /** Otherwise: scalar keys as they are, others in stored form, and slots by map key. */
  #mixed: unknown[] | undefined
  #slots: Map<MapKey, number> | undefined
  #length = 0

  /** Slots given out. */
  get length(): number {
    return this.#length
  }

  /** The slot that a key was given last, -1 for none. */
  find(key: unknown): number {
    if (this.#slots !== undefined) return this.#slots.get(mapKey(key)) ?? -1
    if (typeof key === 'number') return (this.#cells[this.#cellOf(key)] as number) - 1
    mapKey(key) // refuses what can be no key
    return -1
  }

  /** Gives a key that is not there, or whose slot is dead, the next slot. The caller's object is not kept. */
  add(key: unknown): number {
    if (this.#slots === undefined && typeof key === 'number') return this.#addNumber(key)
    const kept = isScalar(key) ? key : storedCopy(key)
    return this.#addMixed(mapKey(key), kept)
  }

  /** As `add`, for a key that lies in a page already. */
  addStored(key: unknown, stored: Stored): number {
    return this.#addMixed(mapKey(key), stored)
  }

  at(slot: number): unknown {
    if (this.#mixed === undefined) return this.#numbers[slot]
    const key = this.#mixed[slot]
    return key instanceof Stored ? key.value() : key
  }

  write(writer: ValueWriter, slot: number): void {
    if (this.#mixed === undefined) {
      writer.number(this.#numbers[slot] as number)
      return
    }
    const key = this.#mixed[slot]
    if (key instanceof Stored) writer.raw(key.bytes())
    else writer.value(key)
  }

  /** As `write`; a key in stored form lives in what is written from now on. */
  move(writer: ValueWriter, slot: number, page: Page): void {
    const key = this.#mixed?.[slot]
    if (key instanceof Stored) key.moveTo(writer, page)
    else this.write(writer, slot)
  }

  /** Takes over the key of another index's slot, as its next one. */
  adopt(from: KeyIndex, slot: number): number {
    const key = from.#mixed === undefined ? from.#numbers[slot] : from.#mixed[slot]
    return key instanceof Stored ? this.#addMixed(mapKey(key.value()), key) : this.add(key)
  }

  #addNumber(key: number): number {
    const slot = this.#length++
    if (slot >= this.#numbers.length) this.#numbers = grown(this.#numbers, slot + 1)
    if (this.#length * 2 > this.#cells.length) this.#rehash()
    // -0 is 0 to whoever looks it up, and to whoever reads it back.
    this.#numbers[slot] = key + 0
    this.#cells[this.#cellOf(key)] = slot + 1
    return slot
  }

  #addMixed(id: MapKey, kept: unknown): number {
    const slots = this.#slots ?? this.#toMap()
    const slot = this.#length++
    this.#mixed?.push(kept === 0 ? 0 : kept)
    slots.set(id, slot)
    return slot
  }

  #toMap(): Map<MapKey, number> {
    this.#mixed = Array.from(this.#numbers.subarray(0, this.#length))
    this.#slots = new Map(this.#mixed.map((key, slot) => [key as number, slot]))
    this.#numbers = new Float64Array(0)
    this.#cells = new Int32Array(0)
    return this.#slots
  }

  #rehash(): void {
    this.#cells = new Int32Array(this.#cells.length * 2)
    this.#shift--
    // Later slots of the same key replace earlier ones, which are dead.
    for (let slot = 0; slot < this.#length - 1; slot++)
      this.#cells[this.#cellOf(this.#numbers[slot] as number)] = slot + 1
  }

  /** The cell that holds the key, or the free one where it belongs. */
  #cellOf(key: number): number {
    const cells = this.#cells
    const numbers = this.#numbers
    const last = cells.length - 1
    for (let at = hashNumber(key + 0) >>> this.#shift; ; at = (at + 1) & last) {
      const cell = cells[at] as number
      if (cell === 0) return at
      const other = numbers[cell - 1] as number
      if (other === key || (Number.isNaN(key) && Number.isNaN(other))) return at
    }
  }
}

function hashNumber(key: number): number {
  const whole = key | 0
  if (whole === key) return Math.imul(whole, GOLDEN)
  BITS_OF[0] = Number.isNaN(key) ? Number.NaN : key
  return Math.imul((WORDS[0] as number) ^ Math.imul(WORDS[1] as number, 0x85ebca6b), GOLDEN)
}

function storedCopy(key: unknown): Stored {
  const bytes = encodeValue(key)
  return new Stored({ bytes }, 0, bytes.length)
}
