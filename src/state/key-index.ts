import { encodeValue } from '../util/codec.ts'
import { scatter, scatterInteger } from '../util/hash.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import type { ValueWriter } from '../util/value-writer.ts'
import { Column, itemsAt } from './column.ts'
import { type HashedSlots, inHashOrder } from './hash-order.ts'
import type { Slab } from './slab.ts'
import { isScalar, isStored, keptValue, Stored } from './stored.ts'

const FIRST_CELLS = 32
const BITS_OF = new Float64Array(1)
const WORDS = new Int32Array(BITS_OF.buffer)

/**
 * The keys of a table, one per slot in the order in which they came, and where each is. Compared by value (`util/key.ts`).
 *
 * Numbers alone lie in a typed array with an open hash table of hashes and slots over it: while all of them fit 32 bits, whose
 * hashes are all different, a look-up is one access to memory. The first key of another type moves all to a `Map`. Slots are never taken out: a key whose slot is dead is found
 * there until it is added again or the table is compacted; whoever looks it up knows which slots live.
 */
export class KeyIndex {
  /** While there are only numbers: the keys, first of each slot, and cells of a hash and a slot plus one; 0 is free. */
  readonly #slab: Slab
  readonly #width: number
  #cells = new Int32Array(FIRST_CELLS * 2)
  /** Whether a hash says which key it is of. */
  #narrow = true
  #shift = 32 - Math.log2(FIRST_CELLS)
  /** Otherwise: scalar keys as they are, others in stored form, and slots by map key. */
  #mixed: unknown[] | undefined
  #slots: Map<MapKey, number> | undefined
  #length = 0
  /** By slot: the hashes (`scatter`) of keys, of so many as somebody has asked for; not kept while keys are told by theirs. */
  #hashes = new Uint32Array()
  #hashed = 0

  constructor(slab: Slab) {
    this.#slab = slab
    this.#width = slab.width
  }

  /** Slots given out. */
  get length(): number {
    return this.#length
  }

  /** The slot that a key was given last, -1 for none. */
  find(key: unknown): number {
    if (this.#slots !== undefined) return this.#slots.get(mapKey(key)) ?? -1
    if (typeof key === 'number') return (this.#cells[this.#cellOf(key) + 1] as number) - 1
    mapKey(key) // refuses what can be no key
    return -1
  }

  /** As `find`, of the keys from `from` to before `until`: a loop that does nothing else waits for many cells at once. */
  findAll(keys: readonly unknown[], from: number, until: number): Int32Array {
    const found = new Int32Array(until - from)
    for (let i = from; i < until; i++) found[i - from] = this.find(keys[i])
    return found
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

  /** Makes room for so many slots. */
  reserve(slots: number): void {
    this.#slab.reserve(slots)
    const size = 2 ** Math.ceil(Math.log2(slots * 4 + 1))
    if (this.#slots === undefined && size > this.#cells.length) this.#rehash(size)
  }

  /** Gives out slots up to before `length`, to be filled by `place`. */
  expect(length: number): void {
    this.reserve(length)
    this.#length = length
  }

  /** Gives a slot that was expected to a key as `kept` returns it; whether the key had none before. */
  place(slot: number, kept: unknown): boolean {
    if (this.#slots === undefined && typeof kept === 'number') return this.#placeNumber(slot, kept)
    const slots = this.#slots ?? this.#toMap()
    const id = mapKey(keptValue(kept))
    const free = !slots.has(id)
    slots.set(id, slot)
    this.#keep(slot, kept)
    return free
  }

  /**
   * Slots in the order of the hashes (`scatter`) of their keys, those that there are now: of each key the
   * one that it was given last, after those that it had before, if any.
   */
  inHashOrder(): Iterable<HashedSlots> {
    return this.#slots === undefined && this.#narrow ? [this.#inCellOrder()] : inHashOrder(this.#hashesBySlot())
  }

  #inCellOrder(): HashedSlots {
    const cells = this.#cells
    const sorted = { hashes: new Uint32Array(cells.length / 4), slots: new Uint32Array(cells.length / 4) }
    const wrapped: number[] = []
    let length = 0
    for (let at = 0; at < cells.length; at += 2) {
      if (cells[at + 1] === 0) continue
      // What found no free cell at the end is at the beginning.
      if ((cells[at] as number) >>> this.#shift > at / 2) wrapped.push(at)
      else length = insert(sorted, length, cells, at)
    }
    for (const at of wrapped) length = insert(sorted, length, cells, at)
    return { hashes: sorted.hashes.subarray(0, length), slots: sorted.slots.subarray(0, length) }
  }

  /** A slot's key is never another: what was hashed once is not hashed again. */
  #hashesBySlot(): Uint32Array {
    if (this.#hashes.length < this.#length) {
      const larger = new Uint32Array(this.#length * 2)
      larger.set(this.#hashes.subarray(0, this.#hashed))
      this.#hashes = larger
    }
    for (; this.#hashed < this.#length; this.#hashed++) this.#hashes[this.#hashed] = scatter(this.at(this.#hashed))
    return this.#hashes.subarray(0, this.#length)
  }

  /** The key as it is kept: a scalar, or in stored form. */
  kept(slot: number): unknown {
    return this.#mixed === undefined ? this.#numberAt(slot) : this.#mixed[slot]
  }

  /** As `kept`, of many. */
  keptAt(slots: Uint32Array): ArrayLike<unknown> {
    return this.#mixed === undefined ? this.#slab.numbersAt(slots, 0) : itemsAt(this.#mixed, slots)
  }

  /** What `kept` gives now, over a copy of its slab. */
  copy(slab: Slab): Column {
    return new Column(slab, 0, this.#mixed?.slice())
  }

  at(slot: number): unknown {
    if (this.#mixed === undefined) return this.#numberAt(slot)
    return keptValue(this.#mixed[slot])
  }

  write(writer: ValueWriter, slot: number): void {
    if (this.#mixed === undefined) {
      writer.number(this.#numberAt(slot))
      return
    }
    const key = this.#mixed[slot]
    if (isStored(key)) writer.raw(key.bytes())
    else writer.value(key)
  }

  /** Takes over the key of another index's slot, as its next one. */
  adopt(from: KeyIndex, slot: number): number {
    const key = from.#mixed === undefined ? from.#numberAt(slot) : from.#mixed[slot]
    return isStored(key) ? this.#addMixed(mapKey(key.value()), key) : this.add(key)
  }

  #numberAt(slot: number): number {
    return this.#slab.numbers[slot * this.#width] as number
  }

  #addNumber(key: number): number {
    const slot = this.#length++
    this.#slab.reserve(slot)
    if (this.#length > this.#cells.length / 4) this.#rehash(this.#cells.length * 2)
    this.#placeNumber(slot, key)
    return slot
  }

  /** Whether the key had no slot before. */
  #placeNumber(slot: number, key: number): boolean {
    if ((key | 0) !== key) this.#narrow = false
    // -0 is 0 to whoever looks it up, and to whoever reads it back.
    this.#slab.numbers[slot * this.#width] = key + 0
    return this.#occupy(key, slot)
  }

  #addMixed(id: MapKey, kept: unknown): number {
    const slots = this.#slots ?? this.#toMap()
    const slot = this.#length++
    this.#slab.reserve(slot)
    this.#keep(slot, kept)
    slots.set(id, slot)
    return slot
  }

  #keep(slot: number, key: unknown): void {
    if (this.#mixed !== undefined) this.#mixed[slot] = key === 0 ? 0 : key
  }

  /** Slots that no cell names are of no key, or dead. */
  #toMap(): Map<MapKey, number> {
    const cells = this.#cells
    this.#mixed = Array.from({ length: this.#length }, (_, slot) => this.#numberAt(slot))
    this.#slots = new Map()
    for (let at = 1; at < cells.length; at += 2) {
      const slot = (cells[at] as number) - 1
      if (slot >= 0) this.#slots.set(this.#numberAt(slot), slot)
    }
    this.#cells = new Int32Array(0)
    return this.#slots
  }

  /** Goes from cell to cell, which is the order of the new ones. */
  #rehash(size: number): void {
    const cells = this.#cells
    this.#cells = new Int32Array(size)
    this.#shift = 33 - Math.log2(size)
    for (let at = 1; at < cells.length; at += 2) {
      const slot = (cells[at] as number) - 1
      if (slot >= 0) this.#occupy(this.#numberAt(slot), slot)
    }
  }

  #occupy(key: number, slot: number): boolean {
    const cell = this.#cellOf(key)
    const free = this.#cells[cell + 1] === 0
    this.#cells[cell] = hashNumber(key + 0)
    this.#cells[cell + 1] = slot + 1
    return free
  }

  /** Where the cell begins that holds the key, or the free one where it belongs. */
  #cellOf(key: number): number {
    const cells = this.#cells
    const last = cells.length - 1
    const hash = hashNumber(key + 0)
    const sure = this.#narrow && (key | 0) === key
    for (let at = (hash >>> this.#shift) * 2; ; at = (at + 2) & last) {
      const taken = cells[at + 1] as number
      if (taken === 0) return at
      if (cells[at] === hash && (sure || same(this.#numberAt(taken - 1), key))) return at
    }
  }
}

/** Adds a cell where its hash belongs: in cells nearly sorted, not far from the end. */
function insert({ hashes, slots }: HashedSlots, length: number, cells: Int32Array, cell: number): number {
  const hash = (cells[cell] as number) >>> 0
  let at = length
  for (; at > 0 && (hashes[at - 1] as number) > hash; at--) {
    hashes[at] = hashes[at - 1] as number
    slots[at] = slots[at - 1] as number
  }
  hashes[at] = hash
  slots[at] = (cells[cell + 1] as number) - 1
  return length + 1
}

function same(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

/** Different for different keys of 32 bits. */
function hashNumber(key: number): number {
  const whole = key | 0
  if (whole === key) return scatterInteger(whole)
  BITS_OF[0] = Number.isNaN(key) ? Number.NaN : key
  return scatterInteger((WORDS[0] as number) ^ Math.imul(WORDS[1] as number, 0x85ebca6b))
}

function storedCopy(key: unknown): Stored {
  const bytes = encodeValue(key)
  return new Stored({ bytes }, 0, bytes.length)
}
