/** When a partition's state is written whole, so that a restore need not read all changes since ever. */
export interface SnapshotPolicy {
  /** Changes below this do not call for a snapshot, however small the state is. */
  readonly minBytes: number
  /** How many changelogs a restore may have to read. */
  readonly maxChangelogs: number
  /** A table of more entries than this is not restored whole for an operator that wants some keys of it. */
  readonly wholeEntries: number
}

export const DEFAULT_SNAPSHOT_POLICY: SnapshotPolicy = { minBytes: 64 * 1024, maxChangelogs: 64, wholeEntries: 200_000 }

/** What a restore of one partition would read now. */
export interface RestoreCost {
  /** Of a snapshot, about. */
  readonly stateBytes: number
  /** Of its changes since its last snapshot. */
  readonly changeBytes: number
  /** Changelogs retained, from the first that it needs on. */
  readonly changelogs: number
}

/** Of the partitions that are due, how many are written in one batch: one in this many. */
const SPREAD = 4
/** So many times outgrown, a partition waits for no other. */
const PRESSING = 2

/**
 * Which partitions to write whole in this batch: those whose changes outgrew them. Since a snapshot is cut only after as many
 * bytes of changes, they at most double what is written; since a quarter is taken at a time, partitions that grow alike
 * come apart, and no batch writes them all.
 */
export function dueSnapshots<T extends RestoreCost>(partitions: readonly T[], policy: SnapshotPolicy): T[] {
  const due = partitions
    .map((partition) => ({ partition, urgency: urgency(partition, policy) }))
    .filter((candidate) => candidate.urgency > 1)
    .sort((a, b) => b.urgency - a.urgency)
  const atOnce = Math.ceil(partitions.length / SPREAD)
  return due.filter((candidate, i) => i < atOnce || candidate.urgency > PRESSING).map(({ partition }) => partition)
}

function urgency({ stateBytes, changeBytes, changelogs }: RestoreCost, policy: SnapshotPolicy): number {
  return Math.max(changeBytes / Math.max(stateBytes, policy.minBytes), changelogs / policy.maxChangelogs)
}
