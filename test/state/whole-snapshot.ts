import { orderedParts } from '../../src/state/ordered-parts.ts'
import { walkRows } from '../../src/state/ordered-walk.ts'
import type { Rows } from '../../src/state/rows.ts'
import type { SnapshotHeader } from '../../src/state/snapshot-index.ts'
import { snapshotParts } from '../../src/state/snapshot-parts.ts'
import { StoredSnapshot } from '../../src/state/stored-snapshot.ts'
import { concatBytes } from '../../src/util/concat-bytes.ts'

/** A snapshot in one piece. */
export function encodeSnapshot(header: SnapshotHeader, rows: Rows, searchable = false): Uint8Array {
  return concatBytes([...snapshotParts(header, rows, searchable)])
}

/** A snapshot in first-seen order, in one piece. */
export async function encodeOrdered(header: SnapshotHeader, rows: Rows): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of orderedParts(header, walkRows(rows))) parts.push(part)
  return concatBytes(parts)
}

/** A snapshot in one piece, read as one that is stored is; `name` is what errors call it. */
export function openSnapshot(bytes: Uint8Array, name: string): Promise<StoredSnapshot> {
  const read = async (start: number, end: number) => bytes.slice(start, end)
  return StoredSnapshot.open({ name, sizeBytes: bytes.length, read })
}
