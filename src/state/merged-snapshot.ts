import { scatter } from '../util/hash.ts'
import type { ColdEntries } from './cold-entries.ts'
import type { HashedSlots } from './hash-order.ts'
import type { PlacedEntry } from './rows.ts'
import type { SnapshotHeader } from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import { keptValue } from './stored.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'

interface Hashed {
  readonly hash: number
  readonly entry: PlacedEntry
}

/**
 * Writes a snapshot of a table that is not all in memory, part by part: its last snapshot, block by block, with what has
 * changed since. Entries keep their places, so that none need be counted.
 */
export async function* mergedParts(
  header: SnapshotHeader,
  cold: ColdEntries,
  last: StoredSnapshot,
): AsyncGenerator<Uint8Array, void> {
  const { rows, index } = cold
  const shape = { timed: true, entries: index.entries + rows.size, places: index.places + rows.slots, searchable: true }
  const writer = new SnapshotWriter(header, shape)
  const changed = new ChangedRows(cold)
  let number = 0
  for await (const block of last.inOrder()) {
    const end = index.hashes[++number] ?? Number.POSITIVE_INFINITY
    const kept: Hashed[] = []
    for (let i = 0; i < block.length; i++) {
      const entry = block.entry(i)
      if (!cold.meet(entry)) kept.push({ hash: scatter(keyOf(entry)), entry })
    }
    for (const { hash, entry } of merged(kept, changed.before(end))) {
      const part = writer.add(hash, entry)
      if (part) yield part
    }
  }
  for (const { hash, entry } of changed.before(Number.POSITIVE_INFINITY)) {
    const part = writer.add(hash, entry)
    if (part) yield part
  }
  yield* writer.finish()
}

/** The entries in memory in the order of their hashes, some at a time. */
class ChangedRows {
  readonly #cold: ColdEntries
  readonly #sorted: HashedSlots
  #next = 0

  constructor(cold: ColdEntries) {
    this.#cold = cold
    this.#sorted = cold.rows.inHashOrder()
  }

  /** The next ones with hashes below `end`. */
  before(end: number): Hashed[] {
    const entries: Hashed[] = []
    const { rows } = this.#cold
    const { hashes, slots } = this.#sorted
    for (; this.#next < slots.length; this.#next++) {
      const slot = slots[this.#next] as number
      const hash = hashes[this.#next] as number
      if (hash >= end) break
      if (rows.isAlive(slot)) entries.push({ hash, entry: rows.entry(slot, this.#cold.nextPlace(slot)) })
    }
    return entries
  }
}

/** Both in the order of their hashes. */
function merged(a: readonly Hashed[], b: readonly Hashed[]): readonly Hashed[] {
  return b.length === 0 ? a : [...a, ...b].sort((x, y) => x.hash - y.hash)
}

function keyOf({ key }: PlacedEntry): unknown {
  return keptValue(key)
}
