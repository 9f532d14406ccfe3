import type { PlacedEntry } from './entry.ts'
import type { SnapshotIndex } from './snapshot-index.ts'
import type { StandingRows } from './standing-rows.ts'

/** An entry that a changelog put: whether the snapshot has it, and where, nobody has looked yet. */
export const UNPLACED = -1
/** An entry that comes after all of the snapshot. */
export const APPENDED = -2

/** What is in memory of a table that is not all there, as it was at an instant. */
export class StandingChanges {
  readonly rows: StandingRows
  /** Of the snapshot that they come on top of. */
  readonly index: SnapshotIndex
  /** By slot: the entry's place in the snapshot, `UNPLACED` or `APPENDED`. */
  readonly #places: Float64Array

  constructor(rows: StandingRows, index: SnapshotIndex, places: Float64Array) {
    this.rows = rows
    this.index = index
    this.#places = places
  }

  /** Takes note of where an entry of the snapshot comes whose key has a slot. */
  meet(slot: number, { place }: PlacedEntry): void {
    if (this.#places[slot] === UNPLACED) this.#places[slot] = place
  }

  /** Where a slot's entry comes in the next snapshot, once the block that may hold it was met. */
  nextPlace(slot: number): number {
    const place = this.#places[slot] as number
    return place >= 0 ? place : this.index.places + slot
  }
}
