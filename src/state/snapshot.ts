import { concatBytes } from '../util/concat-bytes.ts'
import { Filling } from './filling.ts'
import type { Rows } from './rows.ts'
import {
  checkedPart,
  checkHeader,
  decodeIndex,
  HEADER,
  indexBytes,
  type SnapshotHeader,
  type SnapshotIndex,
  TRAILER_BYTES,
} from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import { readingState, stateCorrupt } from './state-corrupt.ts'

/**
 * Writes a snapshot of all entries, part by part; the objects of `rows` live in these from now on, and they must not be changed.
 * `searchable`: see `SnapshotShape`.
 */
export function* snapshotParts(header: SnapshotHeader, rows: Rows, searchable: boolean): Generator<Uint8Array, void> {
  const writer = new SnapshotWriter(header, { timed: rows.timed, entries: rows.size, places: rows.size, searchable })
  const { hashes, slots } = rows.inHashOrder()
  const places = placesOf(rows)
  let sizeBytes = 0
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number
    if (!rows.isAlive(slot)) continue
    const part = writer.add(hashes[i] as number, rows.entry(slot, places ? (places[slot] as number) : slot))
    if (part === undefined) continue
    sizeBytes += part.length
    yield part
  }
  const end = writer.finish()
  rows.measured(end.reduce((sum, { length }) => sum + length, sizeBytes))
  yield* end
}

/** A snapshot in one piece. */
export function encodeSnapshot(header: SnapshotHeader, rows: Rows, searchable = false): Uint8Array {
  return concatBytes([...snapshotParts(header, rows, searchable)])
}

export interface Snapshot {
  readonly header: SnapshotHeader
  readonly rows: Rows
}

/** Reads a snapshot in one piece; `name` is what errors (code `state-corrupt`) call the object. */
export function decodeSnapshot(bytes: Uint8Array, name: string): Snapshot {
  return readingState(name, () => {
    const index = openWhole(bytes, name)
    const filling = new Filling(index, name)
    const { sizes, checksums } = index.blocks
    let start = HEADER.length
    sizes.forEach((size, i) => {
      filling.add(checkedPart(bytes.subarray(start, start + size), checksums[i], name))
      start += size
    })
    return { header: index, rows: filling.rows() }
  })
}

/** By slot: how many entries come before; `undefined` where all slots have entries. */
function placesOf(rows: Rows): Uint32Array | undefined {
  if (rows.size === rows.slots) return undefined
  const places = new Uint32Array(rows.slots)
  let living = 0
  for (let slot = 0; slot < rows.slots; slot++) {
    places[slot] = living
    if (rows.isAlive(slot)) living++
  }
  return places
}

function openWhole(bytes: Uint8Array, name: string): SnapshotIndex {
  checkHeader(bytes, name)
  if (bytes.length < HEADER.length + TRAILER_BYTES || indexBytes(bytes) > bytes.length - HEADER.length)
    throw stateCorrupt(name, 'its index is cut off')
  return decodeIndex(bytes.subarray(bytes.length - indexBytes(bytes)), bytes.length, name)
}
