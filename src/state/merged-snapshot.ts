import { scatter } from '../util/hash.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import type { Block } from './block.ts'
import type { PlacedEntry } from './entry.ts'
import type { HashedSlots } from './hash-order.ts'
import type { SnapshotHeader } from './snapshot-index.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import type { StandingChanges } from './standing-changes.ts'
import { keptValue } from './stored.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'

interface Hashed {
  readonly hash: number
  readonly entry: PlacedEntry
}

/**
 * Writes a snapshot of a table that is not all in memory, part by part: its last snapshot, block by block, with what has
 * changed since. Entries keep their places, so that none need be counted. No call is under way between two parts.
 */
export async function* mergedParts(
  header: SnapshotHeader,
  changes: StandingChanges,
  last: StoredSnapshot,
): AsyncGenerator<Uint8Array, void> {
  const { rows, index } = changes
  const shape = { timed: true, entries: index.entries + rows.size, places: index.places + rows.slots, searchable: true }
  const writer = new SnapshotWriter(header, shape)
  const changed = new ChangedSlots(changes)
  let number = 0
  for await (const block of last.inTurns()) {
    const slots = changed.before(index.hashes[++number] ?? Number.POSITIVE_INFINITY)
    for (const { hash, entry } of merged(block, slots, changes)) {
      const part = writer.add(hash, entry)
      if (part) yield part
    }
  }
  const appended = changed.before(Number.POSITIVE_INFINITY)
  for (const { hash, entry } of living(appended, changes)) {
    const part = writer.add(hash, entry)
    if (part) yield part
  }
  yield* writer.finish()
}

/** The slots that are in memory in the order of their hashes, some at a time. */
class ChangedSlots {
  readonly #runs: Iterator<HashedSlots>
  #run: HashedSlots | undefined
  #next = 0

  constructor({ rows }: StandingChanges) {
    this.#runs = rows.inHashOrder()[Symbol.iterator]()
    this.#turn()
  }

  /** The next ones with hashes below `end`. */
  before(end: number): Uint32Array {
    const found: number[] = []
    while (this.#run !== undefined && (this.#run.hashes[this.#next] as number) < end) {
      found.push(this.#run.slots[this.#next++] as number)
      if (this.#next === this.#run.slots.length) this.#turn()
    }
    return Uint32Array.from(found)
  }

  #turn(): void {
    const { done, value } = this.#runs.next()
    this.#run = done ? undefined : value
    this.#next = 0
  }
}

/** What became of a block, and of the slots whose hashes are in its range: in the order of hashes. */
function merged(block: Block, slots: Uint32Array, changes: StandingChanges): readonly Hashed[] {
  const known = new Map<MapKey, number>()
  for (const slot of slots) known.set(mapKey(keptValue(changes.rows.keyAt(slot))), slot)
  const kept: Hashed[] = []
  for (let i = 0; i < block.length; i++) {
    const entry = block.entry(i)
    const key = keptValue(entry.key)
    const slot = known.size === 0 ? undefined : known.get(mapKey(key))
    if (slot === undefined) kept.push({ hash: scatter(key), entry })
    else changes.meet(slot, entry)
  }
  return slots.length === 0 ? kept : [...kept, ...living(slots, changes)].sort((x, y) => x.hash - y.hash)
}

function living(slots: Uint32Array, changes: StandingChanges): Hashed[] {
  const entries = changes.rows.entriesAt(slots, (slot) => changes.nextPlace(slot))
  return entries.flatMap((entry) => (entry ? [{ hash: scatter(keptValue(entry.key)), entry }] : []))
}
