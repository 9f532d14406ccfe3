import type { SnapshotRef } from '../checkpoint/manifest.ts'
import { scatter } from '../util/hash.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import type { Block } from './block.ts'
import type { Changelog } from './changelog.ts'
import { Column } from './column.ts'
import type { Entry, PlacedEntry } from './entry.ts'
import type { KeyFilter } from './key-filter.ts'
import { Rows } from './rows.ts'
import type { SnapshotIndex } from './snapshot-index.ts'
import { APPENDED, StandingChanges, UNPLACED } from './standing-changes.ts'
import { isStored, keptValue } from './stored.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'
import type { TablePlace } from './table-id.ts'

/** Blocks read before it is looked at again whether the filter would pay. */
const ROUND_BLOCKS = 1024

/** A key that is looked for, and the block that it is in if it is there. */
interface Wanted {
  readonly id: MapKey
  readonly hash: number
  readonly block: number
}

/**
 * A table of which only those entries are in memory that somebody has asked for, and all that have changed since its snapshot.
 * `rows` has these in no order; a slot there without an entry is a key of which it is known that it is not there any more.
 */
export class ColdEntries {
  readonly rows = new Rows()
  readonly ref: SnapshotRef
  readonly index: SnapshotIndex
  /** By slot: the entry's place in the snapshot, `UNPLACED` or `APPENDED`. What the run appends is not in it. */
  readonly #places = new Column()
  #placed = 0
  #filter: KeyFilter | undefined
  /** Bytes of blocks that were read for keys which are not there. */
  #inVain = 0
  /** Entries last changed before this are in `rows`. */
  #presentUntil = Number.NEGATIVE_INFINITY

  constructor(ref: SnapshotRef, index: SnapshotIndex) {
    this.ref = ref
    this.index = index
    this.rows.expect(0, index.timed)
  }

  /** Applies the next changelog since the snapshot; before anything else. */
  apply(changelog: Changelog, table: TablePlace): void {
    const { rows } = this
    changelog.applyToSome(rows, table, (key) => rows.bury(key))
    for (let slot = this.#placed; slot < rows.slots; slot++)
      this.#place(slot, rows.isRevived(slot) ? APPENDED : UNPLACED)
  }

  /** Brings the entries of these keys here, those that are there. */
  async load(keys: readonly unknown[], snapshot: StoredSnapshot): Promise<void> {
    const unknown = keys.filter((key) => this.rows.known(key) < 0)
    await this.#find(unknown, snapshot, (entry) => this.#adopt(entry))
  }

  /** Brings the entries here that were last changed before `time`, and finds out where all such entries come. */
  async loadExpired(time: number, snapshot: StoredSnapshot): Promise<void> {
    const { rows } = this
    const from = this.#presentUntil
    const isWanted = (entry: PlacedEntry): boolean => entry.time >= from && entry.time < time && !this.#knows(entry)
    if (time > from) {
      await snapshot.visit(await snapshot.changedIn({ from, until: time }), (block) => {
        for (let i = 0; i < block.length; i++) {
          const entry = block.entry(i)
          if (isWanted(entry)) this.#adopt(entry)
        }
      })
      this.#presentUntil = time
    }
    const unplaced = this.#unplaced().filter((slot) => rows.isAlive(slot) && (rows.time(slot) ?? time) < time)
    await this.#find(
      unplaced.map((slot) => rows.key(slot)),
      snapshot,
      (entry) => this.#meet(entry),
    )
    for (const slot of unplaced) if (this.#placeOf(slot) === UNPLACED) this.#place(slot, APPENDED)
  }

  /** Slots in the order of their entries. */
  inOrder(slots: readonly number[]): number[] {
    return [...slots].sort((a, b) => this.#nextPlace(a) - this.#nextPlace(b))
  }

  /** What has become of a block of the snapshot where it stood. */
  now(block: Block): readonly Entry[] {
    const slots = this.rows.slots === 0 ? undefined : this.rows.knownAll(Array.from(block.keys, keptValue))
    const entries: Entry[] = []
    for (let i = 0; i < block.length; i++) {
      const stored = block.entry(i)
      const slot = slots?.[i] ?? -1
      const entry = slot < 0 ? stored : this.#nowAt(slot, stored)
      if (entry) entries.push(entry)
    }
    return entries
  }

  /** Nothing, if it was deleted since, though it may be at the end. */
  #nowAt(slot: number, { place }: PlacedEntry): Entry | undefined {
    if (this.#placeOf(slot) === UNPLACED) this.#place(slot, place)
    const stands = this.rows.isAlive(slot) && this.#placeOf(slot) === place
    return stands ? this.rows.entry(slot, place) : undefined
  }

  /** What comes after the snapshot, in order, once all of that were met. */
  *appended(): Generator<Entry, void> {
    const { rows } = this
    for (let slot = 0; slot < rows.slots; slot++) {
      if (rows.isAlive(slot) && this.#placeOf(slot) < 0) yield rows.entry(slot, this.#nextPlace(slot))
    }
  }

  /** What is in `rows` as it is now, for whoever writes it when some of it has changed. */
  standing(): StandingChanges {
    const places = new Float64Array(this.rows.slots)
    for (let slot = 0; slot < places.length; slot++) places[slot] = this.#placeOf(slot)
    return new StandingChanges(this.rows.standing(), this.index, places)
  }

  /** Takes note of where an entry of the snapshot comes whose key has a slot. */
  #meet(entry: PlacedEntry): void {
    const slot = this.rows.known(keyOf(entry))
    if (slot >= 0 && this.#placeOf(slot) === UNPLACED) this.#place(slot, entry.place)
  }

  /** Where a slot's entry comes in the next snapshot, once all of the last one were met. */
  #nextPlace(slot: number): number {
    const place = this.#placeOf(slot)
    return place >= 0 ? place : this.index.places + slot
  }

  #placeOf(slot: number): number {
    return slot < this.#placed ? (this.#places.get(slot) as number) : APPENDED
  }

  #place(slot: number, place: number): void {
    // What a run appended since lies between.
    for (; this.#placed < slot; this.#placed++) this.#places.set(this.#placed, APPENDED)
    this.#places.set(slot, place)
    this.#placed = Math.max(this.#placed, slot + 1)
  }

  #unplaced(): number[] {
    return Array.from({ length: this.#placed }, (_, slot) => slot).filter((slot) => this.#placeOf(slot) === UNPLACED)
  }

  #knows(entry: PlacedEntry): boolean {
    return this.rows.known(keyOf(entry)) >= 0
  }

  #adopt(entry: PlacedEntry): void {
    const { key, value, time, place } = entry
    const slot = this.rows.adopt({ key: alone(key), value: alone(value), time }, this.index.timed)
    this.#place(slot, place)
  }

  /** Visits what the snapshot has of some keys. */
  async #find(keys: readonly unknown[], snapshot: StoredSnapshot, visit: (entry: PlacedEntry) => void): Promise<void> {
    let left = this.#wanted(keys, snapshot)
    while (left.length > 0) {
      if (this.#filter === undefined && this.#inVain > snapshot.filterBytes) this.#filter = await snapshot.filter()
      const filter = this.#filter
      if (filter) left = left.filter(({ hash }) => filter.mayHold(hash))
      const blocks = [...new Set(left.map(({ block }) => block))].slice(0, ROUND_BLOCKS)
      const last = blocks.at(-1) ?? -1
      const ids = new Set(left.filter(({ block }) => block <= last).map(({ id }) => id))
      await snapshot.visit(blocks, (block) => visitKeys(block, ids, visit))
      this.#inVain += ids.size * snapshot.blockBytes
      left = left.filter(({ block }) => block > last)
    }
  }

  /** By block. */
  #wanted(keys: readonly unknown[], snapshot: StoredSnapshot): Wanted[] {
    const wanted = new Map<MapKey, Wanted>()
    for (const key of keys) {
      const [id, hash] = [mapKey(key), scatter(key)]
      const block = snapshot.blockOf(hash)
      if (block >= 0 && !wanted.has(id)) wanted.set(id, { id, hash, block })
    }
    return [...wanted.values()].sort((a, b) => a.block - b.block)
  }
}

/** Visits the entries of these keys, and takes the keys out. */
function visitKeys(block: Block, ids: Set<MapKey>, visit: (entry: PlacedEntry) => void): void {
  for (let i = 0; i < block.length; i++) {
    const key = block.keys[i]
    if (ids.delete(mapKey(keptValue(key)))) visit(block.entry(i))
  }
}

function keyOf({ key }: PlacedEntry): unknown {
  return keptValue(key)
}

/** What stays here must not keep a whole read in memory. */
function alone(kept: unknown): unknown {
  return isStored(kept) ? kept.alone() : kept
}
