import type { BatchTime } from '../checkpoint/attempt.ts'
import { crc32c } from '../util/crc32c.ts'
import { ValueReader } from '../util/value-reader.ts'
import { ValueWriter } from '../util/value-writer.ts'
import { Rows } from './rows.ts'
import { readingState, stateCorrupt } from './state-corrupt.ts'
import type { Page } from './stored.ts'
import type { TableId } from './table-id.ts'

/**
 * All entries of one operator's partition after a batch. Layout (values as in `util/codec-format.ts`):
 *
 *     'SLSN' version(1 byte) operator partition partitions batchTime timed entries (key value age?)… checksum(4, little-endian)
 *
 * Where `timed` is 1, the age is how many milliseconds before the batch the entry was last changed. The checksum covers all before it.
 */
const MAGIC = [0x53, 0x4c, 0x53, 0x4e]
const VERSION = 2
const HEADER_BYTES = 5
const CHECKSUM_BYTES = 4

export interface SnapshotHeader extends TableId {
  /** The batch whose changes are the last in it. */
  readonly batchTime: BatchTime
}

/** Writes the snapshot; the objects of `rows` live in its bytes from now on, which must not be changed. */
export function encodeSnapshot(header: SnapshotHeader, rows: Rows): Uint8Array {
  const page: Page = { bytes: new Uint8Array() }
  const writer = new ValueWriter(rows.sizeBytes * 1.1 + 1024)
  writer.raw(Uint8Array.of(...MAGIC, VERSION))
  writer.value(header.operator)
  writer.value(header.partition)
  writer.value(header.partitions)
  writer.value(header.batchTime)
  writer.value(Number(rows.timed))
  writer.value(rows.size)
  rows.write(writer, page, header.batchTime)
  const crc = crc32c(writer.since(0))
  writer.raw(Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24))
  page.bytes = writer.toBytes()
  return page.bytes
}

export interface Snapshot {
  readonly header: SnapshotHeader
  readonly rows: Rows
}

/** Reads a snapshot; `name` is what errors (code `state-corrupt`) call the object. */
export function decodeSnapshot(bytes: Uint8Array, name: string): Snapshot {
  return readingState(name, () => {
    const { reader, header, timed, entries } = open(bytes, name)
    const rows = new Rows()
    rows.readPuts(reader, { bytes }, { entries, timed, batchTime: header.batchTime })
    if (!reader.atEnd || rows.size !== entries) throw stateCorrupt(name, 'it has not as many entries as it says')
    return { header, rows }
  })
}

/** Of a snapshot whose entries are not wanted. */
export function decodeSnapshotHeader(bytes: Uint8Array, name: string): SnapshotHeader {
  return readingState(name, () => open(bytes, name).header)
}

function open(bytes: Uint8Array, name: string) {
  const end = bytes.length - CHECKSUM_BYTES
  if (end < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) throw stateCorrupt(name, 'it is not a snapshot')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (crc32c(bytes.subarray(0, end)) !== view.getUint32(end, true))
    throw stateCorrupt(name, 'its checksum does not match')
  if (bytes[4] !== VERSION) throw stateCorrupt(name, `format version ${bytes[4]} is of a newer release`)
  const reader = new ValueReader(bytes, { start: HEADER_BYTES, end })
  const operator = reader.value()
  const counts = Array.from({ length: 5 }, () => reader.value())
  const [partition, partitions, batchTime, timed, entries] = counts
  if (typeof operator !== 'string' || !counts.every(Number.isSafeInteger))
    throw stateCorrupt(name, 'it does not say what it is of')
  const header = { operator, partition, partitions, batchTime } as SnapshotHeader
  return { reader, header, timed: timed === 1, entries: entries as number }
}
