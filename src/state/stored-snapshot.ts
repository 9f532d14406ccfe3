import { Block } from './block.ts'
import { blocksOf, type TimeSpan } from './expiry-times.ts'
import { Filling } from './filling.ts'
import { KeyFilter } from './key-filter.ts'
import type { Rows } from './rows.ts'
import { checkHeader, decodeIndex, HEADER, indexBytes, type SnapshotIndex, TRAILER_BYTES } from './snapshot-index.ts'
import { readingState, stateCorrupt } from './state-corrupt.ts'
import { type StoredBytes, StoredParts } from './stored-parts.ts'

/** Up to here an object is read in one call: that costs no more than looking at its end first. */
const WHOLE_BYTES = 512 * 1024
/** What is read of a larger one's end, in the hope that the index is not longer. */
const END_BYTES = 128 * 1024

/** A snapshot of which only the index is here; the rest is read as it is asked for. Rejects with code `state-corrupt`. */
export class StoredSnapshot {
  readonly index: SnapshotIndex
  readonly #name: string
  readonly #blocks: StoredParts
  readonly #times: StoredParts
  readonly #filter: StoredParts

  constructor(index: SnapshotIndex, bytes: StoredBytes) {
    this.index = index
    this.#name = bytes.name
    this.#blocks = new StoredParts(bytes, index.blocks, HEADER.length)
    this.#times = new StoredParts(bytes, index.times, this.#blocks.end)
    this.#filter = new StoredParts(bytes, index.filter, this.#times.end)
  }

  /** Reads the index. */
  static async open(bytes: StoredBytes): Promise<StoredSnapshot> {
    const { name, sizeBytes } = bytes
    if (sizeBytes < HEADER.length + TRAILER_BYTES) throw stateCorrupt(name, 'it is not a snapshot')
    if (sizeBytes > WHOLE_BYTES) return new StoredSnapshot(await readIndex(bytes), bytes)
    const whole = await bytes.read(0, sizeBytes)
    const kept = { name, sizeBytes, read: async (start: number, end: number) => whole.subarray(start, end) }
    return new StoredSnapshot(await readIndex(kept), kept)
  }

  /** All entries. No more of their stored form is held than the calls made at once bring, but for objects. */
  async rows(): Promise<Rows> {
    const filling = new Filling(this.index, this.#name)
    await this.#blocks.read(this.#blocks.all(), (bytes) => filling.add(bytes))
    return readingState(this.#name, () => filling.rows())
  }

  /** The block that holds the keys of a hash, if they are there; -1 for none. */
  blockOf(hash: number): number {
    const { hashes } = this.index
    let [low, high] = [0, hashes.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((hashes[middle] as number) <= hash) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Blocks, given by number in their order, in whatever order they come. */
  async visit(blocks: readonly number[], visit: (block: Block) => void): Promise<void> {
    await this.#blocks.read(blocks, (bytes) => visit(this.#decoded(bytes)))
  }

  /** All blocks in their order. */
  async *inOrder(): AsyncGenerator<Block, void> {
    for await (const parts of this.#blocks.inOrder()) {
      for (const bytes of parts) yield readingState(this.#name, () => this.#decoded(bytes))
    }
  }

  /** As `inOrder`, for who may stop for long between two blocks: no call is under way then. */
  async *inTurns(): AsyncGenerator<Block, void> {
    for await (const parts of this.#blocks.inTurns()) {
      for (const bytes of parts) yield readingState(this.#name, () => this.#decoded(bytes))
    }
  }

  /** The blocks in which there are entries last changed in a span of time, in their order. */
  async changedIn(span: TimeSpan): Promise<readonly number[]> {
    const { firstTimes } = this.index
    const found = new Set<number>()
    // A part has what is before the next one's first time.
    const parts = this.#times
      .all()
      .filter((part) => (firstTimes[part] as number) < span.until && (firstTimes[part + 1] ?? span.from) >= span.from)
    await this.#times.read(parts, (bytes) => {
      for (const block of blocksOf(bytes, span)) if (block < this.#blocks.count) found.add(block)
    })
    return [...found].sort((a, b) => a - b)
  }

  /** What reading the filter costs. */
  get filterBytes(): number {
    return this.#filter.sizeBytes
  }

  async filter(): Promise<KeyFilter> {
    let filter = new KeyFilter(new Uint8Array())
    await this.#filter.read(this.#filter.all(), (bytes) => {
      filter = new KeyFilter(bytes)
    })
    return filter
  }

  /** About, of one block. */
  get blockBytes(): number {
    return this.#blocks.sizeBytes / this.#blocks.count
  }

  #decoded(bytes: Uint8Array): Block {
    const { timed, batchTime } = this.index
    return new Block(bytes, timed ? batchTime : undefined, this.#name)
  }
}

async function readIndex(bytes: StoredBytes): Promise<SnapshotIndex> {
  const { name, sizeBytes } = bytes
  const size = Math.min(END_BYTES, sizeBytes)
  const [start, end] = await Promise.all([bytes.read(0, HEADER.length), bytes.read(sizeBytes - size, sizeBytes)])
  checkHeader(start, name)
  const needed = indexBytes(end)
  if (needed > sizeBytes - HEADER.length) throw stateCorrupt(name, 'its index is cut off')
  const index = needed <= size ? end.subarray(size - needed) : await bytes.read(sizeBytes - needed, sizeBytes)
  return readingState(name, () => decodeIndex(index, sizeBytes, name))
}
