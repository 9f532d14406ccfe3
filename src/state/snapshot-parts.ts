import { READ_AT_ONCE } from './column.ts'
import type { HashedSlots } from './hash-order.ts'
import type { Rows } from './rows.ts'
import type { SnapshotHeader } from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'

/** What a snapshot is made of: rows, or what they were at an instant. */
export type Entries = Pick<Rows, 'timed' | 'size' | 'slots' | 'written' | 'inHashOrder' | 'isAlive' | 'entriesAt'>

/**
 * Writes a snapshot of all entries, part by part; the objects of `rows` live in these from now on, and they must not be changed.
 * `searchable`: see `SnapshotShape`.
 */
export function* snapshotParts(
  header: SnapshotHeader,
  rows: Entries,
  searchable: boolean,
): Generator<Uint8Array, void> {
  const writer = new SnapshotWriter(header, { timed: rows.timed, entries: rows.size, places: rows.size, searchable })
  const places = placesOf(rows)
  let sizeBytes = 0
  const placeOf = (slot: number): number => (places ? (places[slot] as number) : slot)
  for (const { hashes, slots } of readAtOnce(rows.inHashOrder())) {
    const entries = rows.entriesAt(slots, placeOf)
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]
      const part = entry && writer.add(hashes[i] as number, entry)
      if (part === undefined) continue
      sizeBytes += part.length
      yield part
    }
  }
  const end = writer.finish()
  rows.written.measured(
    end.reduce((sum, { length }) => sum + length, sizeBytes),
    rows.size,
  )
  yield* end
}

function* readAtOnce(runs: Iterable<HashedSlots>): Generator<HashedSlots, void> {
  for (const { hashes, slots } of runs) {
    for (let from = 0; from < slots.length; from += READ_AT_ONCE) {
      const until = from + READ_AT_ONCE
      yield { hashes: hashes.subarray(from, until), slots: slots.subarray(from, until) }
    }
  }
}

/** By slot: how many entries come before; `undefined` where all slots have entries. */
function placesOf(rows: Entries): Uint32Array | undefined {
  if (rows.size === rows.slots) return undefined
  const places = new Uint32Array(rows.slots)
  let living = 0
  for (let slot = 0; slot < rows.slots; slot++) {
    places[slot] = living
    if (rows.isAlive(slot)) living++
  }
  return places
}
