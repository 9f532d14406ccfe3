import type { Walk } from './ordered-walk.ts'
import type { SnapshotHeader } from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'

/** Nobody has counted what a walk will meet. */
const SHAPE = { timed: false, entries: 0, places: 0, searchable: false, ordered: true } as const

/** Writes a snapshot in first-seen order, part by part; objects of entries that are in memory live in these from now on. */
export async function* orderedParts(header: SnapshotHeader, walk: Walk): AsyncGenerator<Uint8Array, void> {
  const writer = new SnapshotWriter(header, SHAPE)
  let place = 0
  for await (const chunk of walk) {
    for (const { key, value, time } of chunk) {
      const part = writer.add(place, { key, value, time, place })
      place++
      if (part) yield part
    }
  }
  yield* writer.finish()
}
