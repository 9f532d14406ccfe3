/** When a partition's state is written whole, so that a restore need not read all changes since ever. */
export interface SnapshotPolicy {
  /** Changes below this do not call for a snapshot, however small the state is. */
  readonly minBytes: number
  /** How many changelogs a restore may have to read; of a large state, up to four times as many. */
  readonly maxChangelogs: number
  /** A table of more entries than this is not restored whole for an operator that wants some keys of it. */
  readonly wholeEntries: number
  /** A table that takes more memory than this, all partitions together, is streamed for an operator that walks over it. */
  readonly heldBytes: number
}

export const DEFAULT_SNAPSHOT_POLICY: SnapshotPolicy = {
  minBytes: 64 * 1024,
  maxChangelogs: 64,
  wholeEntries: 200_000,
  heldBytes: 128 * 1024 * 1024,
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
}

/** So much of a state may be changes. */
const CHANGED_SHARE = 0.8
/**
 * So much may a state grow: of one that only grows, changes are hardly ever more than the state, and whoever wants some keys would
 * have to read them all.
 */
const MOST_GROWTH = 5
/** What reading one more changelog costs, in bytes of a snapshot. */
const CHANGELOG_BYTES = 64 * 1024
const MOST_CHANGELOGS = 4
/** Of the partitions that are due, how many are written in one batch: one in this many. */
const SPREAD = 4
/** So many times outgrown, a partition waits for no other. */
const PRESSING = 2

/**
 * Which partitions to write whole in this batch: those whose changes outgrew them. What that adds to the bytes written:
 *
 * - A snapshot of S bytes is cut after more than 0.8 S of changes: 1.25 bytes for each of changes, so 2.25 in all.
 * - Of a state that grows one is cut whenever it has five times the entries: 1.25 times the state, in all. An entry takes up to
 *   twice as many bytes there as in a changelog, for its place and the filter.
 * - Of a state that takes too much memory one is cut at once; of a streamed one, when what has changed since does (`held-memory.ts`).
 * - Of a state that hardly changes one is cut after 64 to 256 changelogs: S / 256 a batch of a large one.
 *
 * Since a quarter is taken at a time, partitions that grow alike come apart, and no batch writes them all.
 */
export function dueSnapshots<T extends RestoreCost>(partitions: readonly T[], policy: SnapshotPolicy): T[] {
  const due = partitions
    .map((partition) => ({ partition, urgency: urgency(partition, policy) }))
    .filter((candidate) => candidate.urgency > 1)
    .sort((a, b) => b.urgency - a.urgency)
  const atOnce = Math.ceil(partitions.length / SPREAD)
  return due.filter((candidate, i) => i < atOnce || candidate.urgency > PRESSING).map(({ partition }) => partition)
}

function urgency(
  { stateBytes, changeBytes, changelogs, growth, crowding = 0 }: RestoreCost,
  policy: SnapshotPolicy,
): number {
  const { minBytes, maxChangelogs } = policy
  const allowed = Math.min(Math.max(stateBytes / CHANGELOG_BYTES, maxChangelogs), maxChangelogs * MOST_CHANGELOGS)
  const grown = changeBytes > minBytes ? Math.min(growth / MOST_GROWTH, PRESSING) : 0
  return Math.max(changeBytes / Math.max(stateBytes * CHANGED_SHARE, minBytes), changelogs / allowed, grown, crowding)
}
