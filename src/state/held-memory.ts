import type { SnapshotPolicy } from './snapshot-policy.ts'
import type { TableId } from './table-id.ts'

/** What an entry takes in memory beside its key and value, about: its slot, and what it is found by. */
const ENTRY_BYTES = 64
/** A table that takes so much of what it may is not taken into memory again: it would not be long until it had to go. */
const NEARLY_ALL = 0.75
/** What has changed since the snapshot of a table that is streamed may take so much of what the table might. */
const CHANGES_SHARE = 0.5

/** How large entries are: how many, and what they take as they are stored. */
export interface Extent {
  readonly entries: number
  readonly bytes: number
}

/** Whether a table is too large to be restored whole for an operator that wants some keys of it. */
export function isLarge({ entries, bytes }: Extent, { wholeEntries, wholeBytes }: SnapshotPolicy): boolean {
  return entries > wholeEntries || bytes > wholeBytes
}

/** Of the memory that one partition of a walked operator may take, how much its entries do. */
export function heldShare({ entries, bytes }: Extent, { partitions }: TableId, { heldBytes }: SnapshotPolicy): number {
  return (entries * ENTRY_BYTES + bytes) / (heldBytes / partitions)
}

/** The same of what has changed in a table that is streamed. */
export function changesShare(changes: Extent, id: TableId, policy: SnapshotPolicy): number {
  return heldShare(changes, id, policy) / CHANGES_SHARE
}

/** Whether a snapshot of a walked table is one to be streamed. */
export function isStreamed(extent: Extent, id: TableId, policy: SnapshotPolicy): boolean {
  return heldShare(extent, id, policy) > NEARLY_ALL
}
