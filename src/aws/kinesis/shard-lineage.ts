import type { HashKeyRange, ShardPosition, ShardState, StreamPosition } from './kinesis-position.ts'

/** A shard as the service lists it, or announces it at the end of its parent. */
export interface ShardInfo {
  readonly id: string
  readonly parents: readonly string[]
  readonly hashKeyRange?: HashKeyRange
  readonly open: boolean
}

/** What a plan found in one shard. */
export interface ShardOutcome {
  readonly position: ShardPosition
  readonly sinceMs?: number
  /** Its children, if it was read to its end. */
  readonly children?: readonly ShardInfo[]
}

/** Every shard from where it is to be started. Parents that are not listed have expired, and nobody waits for them. */
export function firstPosition(
  listed: readonly ShardInfo[],
  start: (shard: ShardInfo) => ShardPosition,
): StreamPosition {
  return startedAmong(new Set(listed.map(({ id }) => id)), listed, start)
}

function startedAmong(
  known: ReadonlySet<string>,
  listed: readonly ShardInfo[],
  start: (shard: ShardInfo) => ShardPosition,
): StreamPosition {
  const shards = listed.map((shard): [string, ShardState] => {
    const parents = shard.parents.filter((parent) => known.has(parent))
    return [shard.id, { position: start(shard), ...lineage({ ...shard, parents }) }]
  })
  return { shards: Object.fromEntries(shards) }
}

/** The shards to read now: not at their end, and each parent is. A parent that is not known has been read and forgotten. */
export function readableShards({ shards }: StreamPosition): string[] {
  const isOver = (id: string) => shards[id] === undefined || shards[id].endOfShard === true
  return Object.entries(shards)
    .filter(([, { endOfShard, parents = [] }]) => endOfShard !== true && parents.every(isOver))
    .map(([id]) => id)
}

/** Where the next plan starts: shards that have ended are followed by their children, from their very beginning. */
export function nextPosition(before: StreamPosition, outcomes: ReadonlyMap<string, ShardOutcome>): StreamPosition {
  const shards = new Map(Object.entries(before.shards))
  for (const [id, { position, sinceMs, children }] of outcomes) {
    const old = shards.get(id)
    const ended = children === undefined ? {} : { endOfShard: true as const }
    shards.set(id, { ...old, position, ...(sinceMs === undefined ? {} : { sinceMs }), ...ended })
    for (const child of children ?? []) {
      if (shards.has(child.id)) continue
      // Its first records may be as old as the split, which is not older than what was read of the parent before.
      const since = old?.sinceMs === undefined ? {} : { sinceMs: old.sinceMs }
      shards.set(child.id, { position: { at: 'TRIM_HORIZON' }, ...since, ...lineage(child) })
    }
  }
  const awaited = awaitedWith(shards)
  return { shards: Object.fromEntries([...shards].filter(([id, { endOfShard }]) => !endOfShard || awaited.has(id))) }
}

/**
 * Puts what is left of their descendants in the place of shards that have expired unread. Shards that are listed but were
 * read and forgotten must not come back: only children of the lost ones, and shards younger than any known, are new.
 */
export function withoutExpired(before: StreamPosition, listed: readonly ShardInfo[]): StreamPosition {
  const isListed = new Set(listed.map(({ id }) => id))
  const kept = Object.entries(before.shards).filter(([id]) => isListed.has(id))
  const lost = new Set(Object.keys(before.shards).filter((id) => !isListed.has(id)))
  const newest = Object.keys(before.shards).sort().at(-1) ?? ''
  const heirs = listed.filter(({ id, parents }) => {
    if (before.shards[id] !== undefined) return false
    if (id <= newest && !parents.some((parent) => lost.has(parent))) return false
    lost.add(id)
    return true
  })
  const added = startedAmong(isListed, heirs, () => ({ at: 'TRIM_HORIZON' }))
  return { shards: { ...Object.fromEntries(kept), ...added.shards } }
}

/** Shards that a child has beside a parent that it waits for: one that has ended matters no longer than that. */
function awaitedWith(shards: ReadonlyMap<string, ShardState>): ReadonlySet<string> {
  const isOpen = (parent: string) => shards.has(parent) && shards.get(parent)?.endOfShard !== true
  return new Set([...shards.values()].flatMap(({ parents = [] }) => (parents.some(isOpen) ? parents : [])))
}

function lineage({ parents, hashKeyRange }: ShardInfo): Partial<ShardState> {
  return {
    ...(parents.length > 0 ? { parents } : {}),
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
  }
}
