import { crc32c } from '../util/crc32c.ts'
import { encodeBlock } from './block.ts'
import type { PlacedEntry } from './entry.ts'
import { ExpiryTimes } from './expiry-times.ts'
import { filterBytes, KeyFilter } from './key-filter.ts'
import { encodeIndex, HEADER, type SnapshotHeader } from './snapshot-index.ts'
import { isStored } from './stored.ts'

/** Blocks are closed from here on, by an estimate: small, since a look-up of one key reads one. */
const BLOCK_BYTES = 8 * 1024
/** As `BLOCK_BYTES`, of snapshots that are read as a whole only. */
const ORDERED_BLOCK_BYTES = 64 * 1024

/** What a snapshot will hold. */
export interface SnapshotShape {
  readonly timed: boolean
  /** At most. Of ordered ones nobody need know. */
  readonly entries: number
  readonly places: number
  /** Whether somebody may want some entries only: then there are times and a filter. */
  readonly searchable: boolean
  /** Entries come in first-seen order, their places without gaps, instead of in the order of their hashes. */
  readonly ordered?: true
}

/** Makes a snapshot of entries that come in their order, part by part: no more than a block of it is held here. */
export class SnapshotWriter {
  readonly #header: SnapshotHeader
  readonly #shape: SnapshotShape
  readonly #filter: KeyFilter | undefined
  readonly #times: ExpiryTimes | undefined
  readonly #closedFrom: number
  readonly #hashes: number[] = []
  readonly #sizes: number[] = []
  readonly #checksums: number[] = []
  #block: PlacedEntry[] = []
  #blockBytes = 0
  #lastHash = 0
  #entries = 0

  constructor(header: SnapshotHeader, shape: SnapshotShape) {
    this.#header = header
    this.#shape = shape
    this.#closedFrom = shape.ordered ? ORDERED_BLOCK_BYTES : BLOCK_BYTES
    if (!shape.searchable) return
    this.#filter = new KeyFilter(new Uint8Array(filterBytes(shape.entries)))
    if (shape.timed) this.#times = new ExpiryTimes()
  }

  /** Returns the next bytes of the snapshot, when there are some. Of an ordered one, `hash` is the place. */
  add(hash: number, entry: PlacedEntry): Uint8Array | undefined {
    const closed = this.#blockBytes >= this.#closedFrom && hash !== this.#lastHash ? this.#close() : undefined
    if (this.#block.length === 0) this.#hashes.push(hash)
    this.#block.push(entry)
    this.#blockBytes += 8 + sizeOf(entry.key) + sizeOf(entry.value)
    this.#lastHash = hash
    this.#filter?.add(hash)
    this.#times?.add(entry.time, this.#hashes.length - 1)
    return closed
  }

  /** Returns the last bytes. */
  finish(): Uint8Array[] {
    const last = this.#block.length > 0 ? this.#close() : this.#begun(new Uint8Array())
    const times = (this.#times ?? new ExpiryTimes()).encode()
    const filter = this.#filter ? [this.#filter.bytes] : []
    const index = encodeIndex({
      ...this.#header,
      ...this.#shape,
      entries: this.#entries,
      places: this.#shape.ordered ? this.#entries : this.#shape.places,
      blocks: { sizes: Uint32Array.from(this.#sizes), checksums: Uint32Array.from(this.#checksums) },
      hashes: Uint32Array.from(this.#shape.ordered ? [] : this.#hashes),
      times: times.parts,
      firstTimes: times.firstTimes,
      filter: {
        sizes: Uint32Array.from(filter, ({ length }) => length),
        checksums: Uint32Array.from(filter, (bytes) => crc32c(bytes)),
      },
    })
    return [last, times.bytes, ...filter, index]
  }

  #close(): Uint8Array {
    const { timed, ordered } = this.#shape
    const bytes = encodeBlock(this.#block, timed ? this.#header.batchTime : undefined, ordered)
    const part = this.#begun(bytes)
    this.#sizes.push(bytes.length)
    this.#checksums.push(crc32c(bytes))
    this.#entries += this.#block.length
    this.#block = []
    this.#blockBytes = 0
    return part
  }

  /** The header is before the first block. */
  #begun(bytes: Uint8Array): Uint8Array {
    if (this.#sizes.length > 0) return bytes
    const part = new Uint8Array(HEADER.length + bytes.length)
    part.set(HEADER)
    part.set(bytes, HEADER.length)
    return part
  }
}

/** About. */
function sizeOf(kept: unknown): number {
  if (isStored(kept)) return kept.sizeBytes
  return typeof kept === 'string' ? kept.length : 8
}
