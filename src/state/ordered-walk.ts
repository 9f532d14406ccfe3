import type { Entry } from './entry.ts'
import type { Rows } from './rows.ts'
import type { ColdTable } from './table.ts'

/** Entries of these are handed on together. */
const CHUNK_ENTRIES = 4096

/** Entries in first-seen order, some at a time; whoever walks looks at the event loop between two of these. */
export type Walk = AsyncGenerator<readonly Entry[], void>

/** All entries of a table of which only what has changed since its snapshot is in memory: the rest of it a few blocks at a time. */
export async function* walkCold({ entries, snapshot }: ColdTable): Walk {
  for await (const block of snapshot.inOrder()) yield entries.now(block)
  yield* chunks(entries.appended())
}

/** All entries of a table that is in memory. */
export async function* walkRows(rows: Rows): Walk {
  yield* chunks(living(rows))
}

function* living(rows: Rows): Generator<Entry, void> {
  for (let slot = 0; slot < rows.slots; slot++) if (rows.isAlive(slot)) yield rows.entry(slot, slot)
}

function* chunks(entries: Iterable<Entry>): Generator<readonly Entry[], void> {
  let chunk: Entry[] = []
  for (const entry of entries) {
    chunk.push(entry)
    if (chunk.length < CHUNK_ENTRIES) continue
    yield chunk
    chunk = []
  }
  yield chunk
}
