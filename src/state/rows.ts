import type { ValueWriter } from '../util/value-writer.ts'
import { Column } from './column.ts'
import type { Entry, PlacedEntry } from './entry.ts'
import { ExpiryIndex } from './expiry-index.ts'
import type { HashedSlots } from './hash-order.ts'
import { KeyIndex } from './key-index.ts'
import { SizeEstimate } from './size-estimate.ts'
import { Slab } from './slab.ts'
import { placedEntries, StandingRows } from './standing-rows.ts'
import { isStored, keptValue } from './stored.ts'

/** Dead slots may be as many as the live ones, and some, before the rows are packed. */
const SLACK = 1024
const ALIVE = 1
const TOUCHED = 2
const REVIVED = 4
const FIRST_FLAGS = 64
/** What a slot has, side by side: key and value if they are numbers, when it was last changed. */
const WIDTH = 3
const VALUE = 1
const TIME = 2

/**
 * The entries of one operator's partition as they stay in memory from batch to batch: columns with one slot per entry, in
 * first-seen order, which deletes, puts in place and puts at the end keep through changelogs. A slot is an entry's for as long
 * as it lives; slots are numbered anew only by `pack`. Scalars are kept as they are, objects in stored form.
 *
 * Objects live in the pages they were read from or written to. A snapshot moves them all into its own bytes, so what is held
 * stays below what a restore would read: the snapshot and the changelogs since.
 */
export class Rows {
  /** See `StateTable.memo`. */
  memo: unknown
  /** What was written of the entries. */
  readonly written = new SizeEstimate()
  #slab = new Slab(WIDTH)
  #keys = new KeyIndex(this.#slab)
  /** Between batches: scalars and `Stored`; during a run also the objects that were set. */
  #values = new Column(this.#slab, VALUE)
  /** A byte each, apart from the rest: which slots live is asked far more often than what they hold. */
  #flags = new Uint8Array(FIRST_FLAGS)
  #timed = false
  #size = 0
  /** Made when somebody first asks what has expired. */
  #expiry: ExpiryIndex | undefined

  /** Entries. */
  get size(): number {
    return this.#size
  }

  /** Slots given out, dead ones among them. */
  get slots(): number {
    return this.#keys.length
  }

  get timed(): boolean {
    return this.#timed
  }

  /** How large a snapshot would be, about. */
  get sizeBytes(): number {
    return this.written.of(this.#size)
  }

  /** Makes room in empty rows for entries that come in any order: each is `place`d in a slot of its own, below `slots`. */
  expect(slots: number, timed: boolean): void {
    this.#keys.expect(slots)
    this.#flags = new Uint8Array(slots + FIRST_FLAGS)
    this.#timed = timed
  }

  /** Makes room for so many slots, dead ones among them. */
  reserve(slots: number): void {
    this.#keys.reserve(slots)
    if (slots > this.#flags.length) this.#flags = grown(this.#flags, slots)
  }

  /** Fills an expected slot; whether neither the slot nor the key was taken. */
  place(slot: number, { key, value, time }: Entry): boolean {
    if (this.#flags[slot] !== 0 || !this.#keys.place(slot, key)) return false
    this.#begin(slot)
    this.#values.set(slot, value)
    if (this.#timed) this.#slab.numbers[slot * WIDTH + TIME] = time
    return true
  }

  /** Adds an entry in the form in which it is kept, of a key that is not there. */
  adopt({ key, value, time }: Entry, timed: boolean): number {
    const slot = this.#begin(this.#adoptKey(key))
    this.#values.set(slot, value)
    if (timed) this.setTime(slot, time)
    return slot
  }

  /** Gives a slot without an entry to a key of which it is known that it is not there. */
  bury(key: unknown): void {
    const slot = this.#begin(this.#adoptKey(key))
    this.#values.set(slot, 0)
    this.remove(slot)
  }

  /** The slot that a key was given last, with an entry or without; -1 for none. */
  known(key: unknown): number {
    return this.#keys.find(key)
  }

  /** As `known` for each key: the memory of many is waited for at once. */
  knownAll(keys: readonly unknown[]): Int32Array {
    return this.#keys.findAll(keys, 0, keys.length)
  }

  /** Whether the slot's key had one before, whose entry was removed. */
  isRevived(slot: number): boolean {
    return ((this.#flags[slot] as number) & REVIVED) !== 0
  }

  /** See `KeyIndex.inHashOrder`: slots with entries, and without. */
  inHashOrder(): Iterable<HashedSlots> {
    return this.#keys.inHashOrder()
  }

  /** The entry in the form in which it is kept, and the place that the caller gives it. */
  entry(slot: number, place: number): PlacedEntry {
    const time = this.#slab.numbers[slot * WIDTH + TIME] as number
    return { key: this.#keys.kept(slot), value: this.#values.get(slot), time, place }
  }

  /** As `entry`, of many: each is `undefined` for a slot without an entry. */
  entriesAt(slots: Uint32Array, placeOf: (slot: number) => number): (PlacedEntry | undefined)[] {
    const columns = { keys: this.#keys.keptAt(slots), values: this.valuesAt(slots), times: this.timesAt(slots) }
    return placedEntries(columns, slots, (slot) => (this.isAlive(slot) ? placeOf(slot) : undefined))
  }

  /** The entries as they are now, for whoever is still reading them when the rows have changed. */
  standing(): StandingRows {
    const slab = this.#slab.copy(this.slots)
    const flags = this.#flags.slice(0, this.slots)
    return new StandingRows({
      keys: this.#keys.copy(slab),
      values: this.#values.copy(slab),
      times: this.#timed ? new Column(slab, TIME) : undefined,
      order: this.inHashOrder(),
      slots: this.slots,
      isAlive: (slot) => ((flags[slot] as number) & ALIVE) !== 0,
      size: this.#size,
      written: this.written,
    })
  }

  /** The slot of a key that is there, else -1. */
  find(key: unknown): number {
    const slot = this.#keys.find(key)
    return slot >= 0 && this.isAlive(slot) ? slot : -1
  }

  /** As `find` for each key from `from` to before `until`: the memory of many is waited for at once. */
  findAll(keys: readonly unknown[], from: number, until: number): Int32Array {
    const found = this.#keys.findAll(keys, from, until)
    if (this.#size === this.slots) return found
    for (let i = 0; i < found.length; i++) {
      const slot = found[i] as number
      if (slot >= 0 && !this.isAlive(slot)) found[i] = -1
    }
    return found
  }

  isAlive(slot: number): boolean {
    return ((this.#flags[slot] as number) & ALIVE) !== 0
  }

  /** Whether the slot was marked since its last `unmark`. */
  isMarked(slot: number): boolean {
    return ((this.#flags[slot] as number) & TOUCHED) !== 0
  }

  mark(slot: number): void {
    this.#flags[slot] = (this.#flags[slot] as number) | TOUCHED
  }

  unmark(slot: number): void {
    this.#flags[slot] = (this.#flags[slot] as number) & ~TOUCHED
  }

  /** Marks slots from 0 to before `until` among the given ones, and returns those that were not marked before. */
  markAll(slots: Int32Array, until: number): Uint32Array {
    const fresh = new Uint32Array(slots.length)
    let length = 0
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number
      if (slot < 0 || slot >= until || this.isMarked(slot)) continue
      this.mark(slot)
      fresh[length++] = slot
    }
    return fresh.subarray(0, length)
  }

  key(slot: number): unknown {
    return this.#keys.at(slot)
  }

  value(slot: number): unknown {
    return this.#values.get(slot)
  }

  /** As `value`, of many. */
  valuesAt(slots: Uint32Array): ArrayLike<unknown> {
    return this.#values.valuesAt(slots)
  }

  /** As `time`, of many. */
  timesAt(slots: Uint32Array): Float64Array | undefined {
    return this.#timed ? this.#slab.numbersAt(slots, TIME) : undefined
  }

  /** `undefined` in tables without times. */
  time(slot: number): number | undefined {
    return this.#timed ? this.#slab.numbers[slot * WIDTH + TIME] : undefined
  }

  setValue(slot: number, value: unknown): void {
    this.#values.set(slot, value)
  }

  setTime(slot: number, time: number): void {
    if (!this.#timed) this.#beginTimes(time)
    const at = slot * WIDTH + TIME
    if (this.#slab.numbers[at] === time && this.#expiry !== undefined) return
    this.#slab.numbers[at] = time
    this.#expiry?.note(slot, time)
  }

  /** Adds an entry that is not there, at the end. */
  append(key: unknown, value: unknown, time?: number): number {
    const slot = this.#begin(this.#keys.add(key))
    this.#values.set(slot, value)
    if (time !== undefined) this.setTime(slot, time)
    return slot
  }

  remove(slot: number): void {
    this.#flags[slot] = (this.#flags[slot] as number) & ~ALIVE
    this.#values.clear(slot)
    this.#size--
  }

  /** Takes out the slots that live and were last changed before `time`, in their order; to be removed by the caller. */
  takeExpired(time: number): number[] {
    if (!this.#timed) return []
    this.#expiry ??= new ExpiryIndex(this)
    return this.#expiry.take(time)
  }

  /** When an entry was last changed; `undefined` for a slot without one. */
  changedAt(slot: number): number | undefined {
    return this.isAlive(slot) ? this.time(slot) : undefined
  }

  writeKey(writer: ValueWriter, slot: number): void {
    this.#keys.write(writer, slot)
  }

  /** Writes how long before `batchTime` the entry was last changed, in tables that keep that. */
  writeAge(writer: ValueWriter, slot: number, batchTime: number): void {
    if (this.#timed) writer.number(batchTime - (this.#slab.numbers[slot * WIDTH + TIME] as number))
  }

  /**
   * Puts entries in the form in which they are kept: a key that is there keeps its place, any other goes to the end. All are
   * looked up before any is put, so that the memory of many is waited for at once.
   */
  putAll(entries: readonly Entry[], timed: boolean): void {
    const known = this.knownAll(entries.map(({ key }) => keptValue(key)))
    for (let i = 0; i < entries.length; i++) {
      const { key, value, time } = entries[i] as Entry
      const there = known[i] as number
      const slot = there >= 0 && this.isAlive(there) ? there : this.#placeOf(key)
      this.#values.set(slot, value)
      if (timed) this.setTime(slot, time)
    }
  }

  /** Numbers the slots anew if most of them are dead. No slot that anybody knows is good afterwards. */
  pack(): void {
    if (this.slots <= 2 * this.#size + SLACK) return
    const [keys, values, slots, { numbers }, flags] = [this.#keys, this.#values, this.slots, this.#slab, this.#flags]
    this.#slab = new Slab(WIDTH)
    this.#keys = new KeyIndex(this.#slab)
    this.#values = new Column(this.#slab, VALUE)
    this.#flags = new Uint8Array(this.#size + FIRST_FLAGS)
    this.#expiry = undefined
    this.#size = 0
    for (let slot = 0; slot < slots; slot++) {
      if (((flags[slot] as number) & ALIVE) === 0) continue
      const packed = this.#begin(this.#keys.adopt(keys, slot))
      this.#values.set(packed, values.get(slot))
      this.#slab.numbers[packed * WIDTH + TIME] = numbers[slot * WIDTH + TIME] as number
    }
  }

  /** Makes a new slot live. */
  #begin(slot: number): number {
    if (slot >= this.#flags.length) this.#flags = grown(this.#flags, slot)
    this.#flags[slot] = ALIVE
    this.#size++
    return slot
  }

  /** Entries from before their table kept times count as changed when it began to: also after a restart. */
  #beginTimes(time: number): void {
    this.#timed = true
    for (let slot = 0; slot < this.slots; slot++) this.#slab.numbers[slot * WIDTH + TIME] = time
  }

  /** The slot for what a changelog puts. */
  #placeOf(kept: unknown): number {
    const known = this.known(keptValue(kept))
    if (known >= 0 && this.isAlive(known)) return known
    const slot = this.#begin(this.#adoptKey(kept))
    if (known >= 0) this.#flags[slot] = ALIVE | REVIVED
    return slot
  }

  #adoptKey(kept: unknown): number {
    return isStored(kept) ? this.#keys.addStored(kept.value(), kept) : this.#keys.add(kept)
  }
}

function grown(flags: Uint8Array<ArrayBuffer>, slot: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(slot + 1, flags.length * 2))
  larger.set(flags)
  return larger
}
