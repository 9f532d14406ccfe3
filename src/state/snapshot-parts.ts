import type { Rows } from './rows.ts'
import type { SnapshotHeader } from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'

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
