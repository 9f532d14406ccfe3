import { Block } from './block.ts'
import type { PlacedEntry } from './entry.ts'
import { Rows } from './rows.ts'
import type { SnapshotIndex } from './snapshot-index.ts'
import { stateCorrupt } from './state-corrupt.ts'
import { keptValue } from './stored.ts'

/** Gaps that entries which were deleted have left between places cost no more than this many slots. */
const GAPS = 1 << 20

/** The rows of a whole snapshot, filled block by block, in whatever order these are read. */
export class Filling {
  readonly #index: SnapshotIndex
  readonly #name: string
  readonly #rows = new Rows()
  /** Entries of a snapshot that is mostly gaps, until all are there. */
  readonly #loose: PlacedEntry[] | undefined
  #sizeBytes = 0

  /** `name` is what errors (code `state-corrupt`) call the snapshot. */
  constructor(index: SnapshotIndex, name: string) {
    this.#index = index
    this.#name = name
    if (index.places > 2 * index.entries + GAPS) this.#loose = []
    this.#rows.expect(this.#loose ? 0 : index.places, index.timed)
  }

  add(bytes: Uint8Array): void {
    const { timed, batchTime } = this.#index
    const block = new Block(bytes, timed ? batchTime : undefined, this.#name)
    for (let i = 0; i < block.length; i++) {
      const entry = block.entry(i)
      if (this.#loose) this.#loose.push(entry)
      else this.#place(entry)
    }
    this.#sizeBytes += bytes.length
  }

  /** Once all blocks are added. */
  rows(): Rows {
    for (const entry of this.#loose?.sort((a, b) => a.place - b.place) ?? []) this.#append(entry)
    if (this.#rows.size !== this.#index.entries) throw stateCorrupt(this.#name, 'it has not as many entries as it says')
    this.#rows.written.measured(this.#sizeBytes, this.#rows.size)
    this.#rows.pack()
    return this.#rows
  }

  #place(entry: PlacedEntry): void {
    const { place } = entry
    const fits = Number.isInteger(place) && place >= 0 && place < this.#index.places
    if (!fits || !this.#rows.place(place, entry)) throw stateCorrupt(this.#name, 'two entries are at one place')
  }

  #append(entry: PlacedEntry): void {
    const { key } = entry
    if (this.#rows.known(keptValue(key)) >= 0) throw stateCorrupt(this.#name, 'two entries have one key')
    this.#rows.adopt(entry, this.#index.timed)
  }
}
