import type { Clock } from '../../ports/clock.ts'
import { allDone } from '../../util/all-done.ts'
import { SluiceError } from '../../util/errors.ts'
import type { KinesisCalls } from './kinesis-calls.ts'
import type { StreamStart } from './kinesis-options.ts'
import type { ShardPosition, StreamPosition } from './kinesis-position.ts'
import { type Reading, ShardCursor } from './shard-cursor.ts'
import { firstPosition, nextPosition, type ShardInfo, type ShardOutcome } from './shard-lineage.ts'

/**
 * How far before now reading starts in order to find where LATEST is. Kinesis refuses times that its own clock has not
 * reached, so when ours is ahead by more than the first, the next is tried; the last resort is the whole shard.
 */
const LOOK_BACK_MS = [10_000, 10 * 60_000] as const

interface First {
  readonly calls: KinesisCalls
  readonly clock: Clock
  readonly initialPosition: StreamStart
}

/** Where a stream starts that no batch has read yet, and the cursors that looking for it left. */
export async function startOf(
  { calls, clock, initialPosition }: First,
  reading: Reading,
): Promise<{ readonly position: StreamPosition; readonly cursors: readonly ShardCursor[] }> {
  const listed = await calls.listShards(reading.signal)
  if (initialPosition.kind !== 'LATEST') {
    const start: ShardPosition =
      initialPosition.kind === 'TRIM_HORIZON' ? { at: 'TRIM_HORIZON' } : { atMs: initialPosition.timestampMs }
    return { position: firstPosition(listed, () => start), cursors: [] }
  }
  const open = listed.filter((shard) => shard.open)
  const cursors = await allDone(open.map((shard) => latest(shard, { calls, clock }, reading)))
  const outcomes = new Map(cursors.map((cursor): [string, ShardOutcome] => [cursor.shardId, outcomeOf(cursor)]))
  const unread = firstPosition(open, () => ({ at: 'TRIM_HORIZON' }))
  return { position: nextPosition(unread, outcomes), cursors }
}

/**
 * LATEST as a position that holds for ever: after the last record that is there now, or, if none came lately, from a time
 * since when none has come. Asking for LATEST again in the second plan would lose what arrives in between.
 */
async function latest(
  { id }: ShardInfo,
  { calls, clock }: Omit<First, 'initialPosition'>,
  reading: Reading,
): Promise<ShardCursor> {
  const starts: ShardPosition[] = LOOK_BACK_MS.map((ms) => ({ atMs: reading.startedMs - ms }))
  for (const start of starts) {
    const cursor = new ShardCursor(id, { position: start }, { calls, clock })
    const isAhead = await cursor.skipToEnd(reading).then(
      () => false,
      (error: unknown) => {
        if (error instanceof SluiceError && error.code === 'stream-position-refused') return true
        throw error
      },
    )
    if (!isAhead) return cursor
  }
  const cursor = new ShardCursor(id, { position: { at: 'TRIM_HORIZON' } }, { calls, clock })
  await cursor.skipToEnd(reading)
  return cursor
}

export function outcomeOf({ position, sinceMs, children }: ShardCursor): ShardOutcome {
  return {
    position,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(children === undefined ? {} : { children }),
  }
}
