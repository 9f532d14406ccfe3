/** What an entry takes in a snapshot beside its key, its value and its age. */
const PLACE_BYTES = 4

/** How large a snapshot of a table would be, by what was written of its entries. */
export class SizeEstimate {
  /** What the last snapshot and the changes since took, and how many entries they were of. */
  #measured = { bytes: 0, entries: 0 }
  #changed = { bytes: 0, entries: 0 }

  /** How many entries the last snapshot had; 0 without one. */
  get snapshotEntries(): number {
    return this.#measured.entries
  }

  /** Of so many entries, about: by the average entry of the last snapshot, or of the changes since if these are larger. */
  of(entries: number): number {
    const measured = this.#measured.bytes / Math.max(1, this.#measured.entries)
    const changed = this.#changed.bytes / Math.max(1, this.#changed.entries)
    return entries * Math.max(measured, changed + PLACE_BYTES)
  }

  /** Notes what all entries take in a snapshot. */
  measured(bytes: number, entries: number): void {
    this.#measured = { bytes, entries }
    this.#changed = { bytes: 0, entries: 0 }
  }

  /** Notes what entries take as changes. */
  changed(bytes: number, entries: number): void {
    this.#changed.bytes += bytes
    this.#changed.entries += entries
  }
}
