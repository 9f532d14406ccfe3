/** When a partition's state is written whole, so that a restore need not read all changes since ever. */
export interface SnapshotPolicy {
  /** Changes below this do not call for a snapshot, however small the state is. */
  readonly minBytes: number
  /** How many changelogs a restore may have to read. */
  readonly maxChangelogs: number
  /** A table of more entries than this is not restored whole for an operator that wants some keys of it. */
  readonly wholeEntries: number
  /** Nor is one whose snapshot is larger. */
  readonly wholeBytes: number
  /**
   * A table that takes more memory than this, all partitions together, is streamed for an operator that walks over it; and changes
   * of a table that are more than this call for a snapshot.
   */
  readonly heldBytes: number
  /** Snapshots of so many bytes are never too much for one batch. */
  readonly pieceBytes: number
  /** So many neighbouring changelogs become one, */
  readonly mergedAtOnce: number
  /** unless they are more than this together. */
  readonly mergedBytes: number
}

export const DEFAULT_SNAPSHOT_POLICY: SnapshotPolicy = {
  minBytes: 64 * 1024,
  maxChangelogs: 1024,
  wholeEntries: 200_000,
  wholeBytes: 8 * 1024 * 1024,
  heldBytes: 128 * 1024 * 1024,
  pieceBytes: 1024 * 1024,
  mergedAtOnce: 32,
  mergedBytes: 1024 * 1024,
}

/** What a restore of one partition would read now. */
export interface RestoreCost {
  /** Of a snapshot, about. */
  readonly stateBytes: number
  /** Of its changes since its last snapshot. */
  readonly changeBytes: number
  /** How many times the entries of its last snapshot it has now. */
  readonly growth: number
  /** Changelogs retained, from the first that it needs on. */
  readonly changelogs: number
  /** Of the memory that it may take, how much it takes; absent where nobody minds. */
  readonly crowding?: number
  /** Whether its snapshot may be written over several batches; `later`: by this process, from the next batch on. Default: `never`. */
  readonly spread?: 'never' | 'later' | 'now'
  /** Of a snapshot that is being written so, how many bytes are left, about. */
  readonly leftBytes?: number
}

/** A partition of which something is written in a batch. */
export interface DueSnapshot<T> {
  readonly partition: T
  /** How many bytes, about; infinite: all that there are. */
  readonly sizeBytes: number
}

/** So much of a state may be changes. */
const CHANGED_SHARE = 0.8
/**
 * So much may a state grow: of one that only grows, changes are hardly ever more than the state, and whoever wants some keys would
 * have to read them all.
 */
const MOST_GROWTH = 5
/** Of the partitions that are due, how many are begun in one batch: one in this many. */
const SPREAD = 4
/** So many times outgrown, a partition waits for no other. */
const PRESSING = 2
/** In the long run snapshots are 1.25 times the changes, and of a state that hardly changes a 256th in each batch. */
const CHANGES_TIMES = 2
const STATE_PART = 128

/**
 * What to write of which partitions in this batch, of those whose changes outgrew them. What that adds to the bytes written,
 * and what merging changelogs does (`due-merge.ts`):
 *
 * - A snapshot of S bytes is cut after more than 0.8 S of changes: 1.25 bytes for each of changes, so 2.25 in all.
 * - Of a state that grows one is cut whenever it has five times the entries: four fifths of them were changes. An entry takes about
 *   twice as many bytes there as in a changelog if it is two small numbers, for its place and the filter: so 2.5 for each of changes.
 * - Of a state of more than 160 MiB one is cut after 128 MiB of changes, which a restore would take into memory: S bytes for these.
 * - Of a state that takes too much memory one is cut at once; of a streamed one, when what has changed since does (`held-memory.ts`).
 * - Changelogs are merged, 32 at a time, if they are 1 MiB together at most. The least is some 40 bytes, so no byte is merged more
 *   than twice, or there is less of it: keys repeat. That is 2 bytes more for each of small changes: 4.25 in all, 5.5 if it grows.
 * - What cannot be merged is 32 KiB or more, on average. So there are 1024 changelogs only after 30 MiB of changes: then one is cut
 *   of any state, since reading each is a call of its own. It adds something to states above 36 MiB alone.
 *
 * Since a quarter is taken at a time, partitions that grow alike come apart. And a batch writes no more than what is allowed
 * it (`allowedBytes`): a larger snapshot is begun, and written on in later batches, as of the batch that began it. What changes
 * meanwhile counts for the next one, so the sums above stand. More is allowed than these come to: so what is due is written
 * before it presses. What presses is written at once, and so is a first snapshot: its changes were as many.
 */
export function dueSnapshots<T extends RestoreCost>(
  partitions: readonly T[],
  policy: SnapshotPolicy,
  changedBytes = 0,
): DueSnapshot<T>[] {
  const due: DueSnapshot<T>[] = []
  let left = allowedBytes(partitions, policy, changedBytes)
  let atOnce = Math.ceil(partitions.length / SPREAD)
  for (const { partition, urgency } of byUrgency(partitions, policy)) {
    const hasTurn = isBegun(partition) || atOnce-- > 0
    const sizeBytes = urgency > PRESSING ? Number.POSITIVE_INFINITY : hasTurn ? shareOf(partition, left) : 0
    if (sizeBytes === 0) continue
    due.push({ partition, sizeBytes })
    left = Math.max(0, left - Math.min(sizeBytes, bytesOf(partition)))
  }
  return due
}

/** What was begun is written to its end first. */
function byUrgency<T extends RestoreCost>(
  partitions: readonly T[],
  policy: SnapshotPolicy,
): { readonly partition: T; readonly urgency: number }[] {
  return partitions
    .map((partition) => ({ partition, urgency: urgency(partition, policy) }))
    .filter(({ partition, urgency }) => urgency > 1 || isBegun(partition))
    .sort((a, b) => Number(isBegun(b.partition)) - Number(isBegun(a.partition)) || b.urgency - a.urgency)
}

/** What snapshots may take in one batch. Whatever they take in the long run is less. */
function allowedBytes(
  partitions: readonly RestoreCost[],
  { pieceBytes }: SnapshotPolicy,
  changedBytes: number,
): number {
  const stateBytes = partitions.reduce((sum, { stateBytes }) => sum + stateBytes, 0)
  return Math.max(pieceBytes, changedBytes * CHANGES_TIMES, stateBytes / STATE_PART)
}

function shareOf(partition: RestoreCost, left: number): number {
  const { growth, spread = 'never' } = partition
  const isFirst = growth === Number.POSITIVE_INFINITY
  if (isFirst || spread === 'never' || bytesOf(partition) <= left) return Number.POSITIVE_INFINITY
  return spread === 'now' ? left : 0
}

function bytesOf({ stateBytes, leftBytes = stateBytes }: RestoreCost): number {
  return leftBytes
}

function isBegun({ leftBytes }: RestoreCost): boolean {
  return leftBytes !== undefined
}

function urgency(
  { stateBytes, changeBytes, changelogs, growth, crowding = 0 }: RestoreCost,
  policy: SnapshotPolicy,
): number {
  const { minBytes, maxChangelogs } = policy
  const grown = changeBytes > minBytes ? Math.min(growth / MOST_GROWTH, PRESSING) : 0
  return Math.max(
    changeBytes / Math.max(stateBytes * CHANGED_SHARE, minBytes),
    changelogs / maxChangelogs,
    grown,
    crowding,
  )
}
