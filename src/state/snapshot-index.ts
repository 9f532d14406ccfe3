import type { BatchTime } from '../checkpoint/attempt.ts'
import { encodeValue } from '../util/codec.ts'
import { crc32c } from '../util/crc32c.ts'
import { ValueReader } from '../util/value-reader.ts'
import { ValueWriter } from '../util/value-writer.ts'
import { stateCorrupt } from './state-corrupt.ts'
import type { TableId } from './table-id.ts'

/**
 * All entries of one operator's partition after a batch, so that a reader can take all of them or only those of some keys.
 * Layout (numbers little-endian; values as in `util/codec-format.ts`):
 *
 *     'SLSN' version(1 byte) block… times… filter? index indexSize(4) checksum(4)
 *
 * A block holds entries with neighbouring hashes (`scatter`), in the order of their hashes; entries of one hash are in one block.
 * It is `entries(uint) keys values places ages?`, each a column (`packed-column.ts`). An entry's place, counted from 0, is where
 * it comes in first-seen order; the age is how many milliseconds before the batch it was last changed.
 *
 * Snapshots of large tables that are always walked as a whole are ordered: their blocks hold entries in first-seen order, without
 * gaps between places, and are larger; they have no hashes.
 *
 * In other large snapshots, `times` say in which blocks there are entries last changed at a time (`expiry-times.ts`), and the filter
 * (`key-filter.ts`) which keys are not there. The index is one value; its checksum covers header, index and index size.
 * Blocks, times and filter have checksums of their own in the index.
 */
const MAGIC = [0x53, 0x4c, 0x53, 0x4e]
const VERSION = 3
export const HEADER = Uint8Array.of(...MAGIC, VERSION)
export const TRAILER_BYTES = 8

export interface SnapshotHeader extends TableId {
  /** The batch whose changes are the last in it. */
  readonly batchTime: BatchTime
}

/** Parts that lie one after the other, each with its size and checksum. */
export interface Parts {
  readonly sizes: Uint32Array
  readonly checksums: Uint32Array
}

export interface SnapshotIndex extends SnapshotHeader {
  readonly timed: boolean
  readonly entries: number
  /** Places are below this. Entries that were deleted may have left gaps. */
  readonly places: number
  readonly blocks: Parts
  /** By block: the least hash that may be in it. Empty where the blocks are in first-seen order. */
  readonly hashes: Uint32Array
  readonly times: Parts
  /** By part of the times: the earliest in it. */
  readonly firstTimes: Float64Array
  /** Of one part, or of none. */
  readonly filter: Parts
}

/** Whether the blocks are in first-seen order. */
export function isOrdered({ hashes, blocks }: SnapshotIndex): boolean {
  return hashes.length < blocks.sizes.length
}

/** Index and trailer. */
export function encodeIndex(index: SnapshotIndex): Uint8Array {
  const { operator, partition, partitions, batchTime, timed, entries, places, blocks, hashes, times, firstTimes } =
    index
  const counts = [partition, partitions, batchTime, Number(timed), entries, places]
  const columns = [hashes, blocks.sizes, blocks.checksums, firstTimes, times.sizes, times.checksums]
  const bytes = encodeValue([operator, ...counts, ...columns, index.filter.sizes, index.filter.checksums])
  const writer = new ValueWriter(bytes.length + TRAILER_BYTES)
  writer.raw(bytes)
  writer.raw(uint32(bytes.length))
  writer.raw(uint32(crc32c(writer.since(0), crc32c(HEADER))))
  return writer.toBytes()
}

/** How many of the last bytes of a snapshot are index and trailer. `end`: at least the trailer. */
export function indexBytes(end: Uint8Array): number {
  const view = new DataView(end.buffer, end.byteOffset, end.byteLength)
  return view.getUint32(end.length - TRAILER_BYTES, true) + TRAILER_BYTES
}

/** What is wrong with the first bytes of a snapshot, if anything is. */
export function checkHeader(start: Uint8Array, name: string): void {
  if (start.length < HEADER.length || MAGIC.some((byte, i) => start[i] !== byte))
    throw stateCorrupt(name, 'it is not a snapshot')
  const version = start[MAGIC.length] as number
  if (version > VERSION) throw stateCorrupt(name, `format version ${version} is of a newer release`)
  if (version < VERSION)
    throw stateCorrupt(name, `format version ${version} is of a release before the first; start without this state`)
}

/** Reads `indexBytes` at the end of a snapshot of `sizeBytes`. */
export function decodeIndex(bytes: Uint8Array, sizeBytes: number, name: string): SnapshotIndex {
  const end = bytes.length - TRAILER_BYTES
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (crc32c(bytes.subarray(0, end + 4), crc32c(HEADER)) !== view.getUint32(end + 4, true))
    throw stateCorrupt(name, 'its checksum does not match')
  const reader = new ValueReader(bytes, { start: 0, end })
  const index = indexOf(reader.value())
  if (!index || !reader.atEnd) throw stateCorrupt(name, 'it does not say what it is of')
  const parts = [index.blocks, index.times, index.filter]
  const held = parts.reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a + b, 0), 0)
  if (held + HEADER.length + bytes.length !== sizeBytes || index.entries > held)
    throw stateCorrupt(name, 'its parts do not fill it')
  return index
}

/** The bytes of a block, of times or of a filter, if they are what was written. */
export function checkedPart(bytes: Uint8Array, checksum: number | undefined, name: string): Uint8Array {
  if (crc32c(bytes) !== checksum) throw stateCorrupt(name, 'the checksum of a part of it does not match')
  return bytes
}

function indexOf(value: unknown): SnapshotIndex | undefined {
  if (!Array.isArray(value) || value.length !== 15) return undefined
  const [operator, ...rest] = value as readonly unknown[]
  const counts = rest.slice(0, 6)
  const [hashes, sizes, checksums, firstTimes, timeSizes, timeChecksums, filterSizes, filterChecksums] = rest.slice(6)
  const blocks = partsOf(sizes, checksums)
  const times = partsOf(timeSizes, timeChecksums)
  const filter = partsOf(filterSizes, filterChecksums)
  if (typeof operator !== 'string' || !counts.every(isCount) || !blocks || !times || !filter) return undefined
  if (!(hashes instanceof Uint32Array && firstTimes instanceof Float64Array)) return undefined
  if (firstTimes.length !== times.sizes.length) return undefined
  const searchable = times.sizes.length > 0 || filter.sizes.length > 0
  if (hashes.length !== (hashes.length === 0 && !searchable ? 0 : blocks.sizes.length)) return undefined
  const [partition = 0, partitions = 0, batchTime = 0, timed, entries = 0, places = 0] = counts as number[]
  if (entries > places || places > MAX_PLACES) return undefined
  const header = { operator, partition, partitions, batchTime }
  return { ...header, timed: timed === 1, entries, places, blocks, hashes, times, firstTimes, filter }
}

/** Places are kept as 32-bit integers. */
const MAX_PLACES = 2 ** 31 - 1

function partsOf(sizes: unknown, checksums: unknown): Parts | undefined {
  if (!(sizes instanceof Uint32Array && checksums instanceof Uint32Array)) return undefined
  return sizes.length === checksums.length ? { sizes, checksums } : undefined
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}
