import type { PlanLimits } from '../../checkpoint/plan.ts'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import { allDone } from '../../util/all-done.ts'
import { recordBytes } from './kinesis-record.ts'
import type { Amount, Reading, ShardCursor } from './shard-cursor.ts'

/** What is left by shards with little to give goes to the others; after this many rounds it no longer matters. */
const MAX_ROUNDS = 4

/**
 * Takes what all shards together may give, all at once: each an equal part, and what one does not use in equal parts to
 * those that have more. The one that is furthest behind comes first, should there not be a record for each.
 */
export async function readFairly(
  cursors: readonly ShardCursor[],
  limits: PlanLimits & { readonly maxRecordsPerShard: number },
  reading: Reading,
): Promise<Map<ShardCursor, KinesisRecord[]>> {
  const taken = new Map(cursors.map((cursor): [ShardCursor, KinesisRecord[]] => [cursor, []]))
  for (const cursor of cursors) cursor.begin()
  let left: Amount = { records: limits.maxRecords, bytes: limits.maxBytes }
  for (let round = 0; round < MAX_ROUNDS && left.records > 0 && left.bytes > 0; round++) {
    const hungry = cursors
      .filter((cursor) => !cursor.isCaughtUp && (taken.get(cursor)?.length ?? 0) < limits.maxRecordsPerShard)
      .sort((a, b) => age(a) - age(b))
    const shares = equalParts(left, hungry.length)
    const reads = hungry.slice(0, shares.length).map(async (cursor, index) => {
      const own = taken.get(cursor) ?? []
      const share = shares[index] ?? { records: 0, bytes: 0 }
      const room = { ...share, records: Math.min(share.records, limits.maxRecordsPerShard - own.length) }
      await cursor.fill(room, reading)
      for (const record of cursor.take(room)) own.push(record)
    })
    if (reads.length === 0) break
    await allDone(reads)
    left = remaining(limits, taken)
    if (reading.isOver()) break
  }
  takeWhatFits(taken, limits)
  takeOneAtLeast(taken)
  return taken
}

function equalParts({ records, bytes }: Amount, parts: number): Amount[] {
  const count = Math.min(parts, records)
  return Array.from({ length: count }, (_, index) => ({
    records: Math.floor(records / count) + (index < records % count ? 1 : 0),
    bytes: Math.floor(bytes / count),
  }))
}

function remaining(limits: PlanLimits, taken: ReadonlyMap<ShardCursor, readonly KinesisRecord[]>): Amount {
  let records = limits.maxRecords
  let bytes = limits.maxBytes
  for (const own of taken.values()) {
    records -= own.length
    for (const record of own) bytes -= recordBytes(record)
  }
  return { records, bytes }
}

/** Records that were read and are larger than what was left of their shards' parts: together these may hold some of them. */
function takeWhatFits(
  taken: ReadonlyMap<ShardCursor, KinesisRecord[]>,
  limits: PlanLimits & { readonly maxRecordsPerShard: number },
): void {
  let { records, bytes } = remaining(limits, taken)
  for (const [cursor, own] of furthestBehind(taken)) {
    const room = { records: Math.min(records, limits.maxRecordsPerShard - own.length), bytes }
    for (const record of cursor.take(room)) {
      own.push(record)
      records--
      bytes -= recordBytes(record)
    }
  }
}

/** A record larger than all that a batch may take must not stop its shard for ever. */
function takeOneAtLeast(taken: ReadonlyMap<ShardCursor, KinesisRecord[]>): void {
  const [last] = furthestBehind(taken)
  if (last === undefined) return
  const [cursor, own] = last
  if (own.length === 0) own.push(...cursor.take({ records: 1, bytes: Number.MAX_SAFE_INTEGER }))
}

/** Shards of which more was read than was taken. */
function furthestBehind(
  taken: ReadonlyMap<ShardCursor, KinesisRecord[]>,
): (readonly [cursor: ShardCursor, own: KinesisRecord[]])[] {
  return [...taken].filter(([cursor]) => !cursor.hasNone).sort(([a], [b]) => age(a) - age(b))
}

function age({ sinceMs = 0 }: ShardCursor): number {
  return sinceMs
}
