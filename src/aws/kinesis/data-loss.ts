import type { Clock } from '../../ports/clock.ts'
import { SluiceError } from '../../util/errors.ts'
import type { KinesisCalls } from './kinesis-calls.ts'
import type { ShardState } from './kinesis-position.ts'

const HOUR_MS = 3_600_000
/** The shortest retention there is, less an hour for clocks that differ. */
const SURE_MS = 23 * HOUR_MS
const MARGIN_MS = 10 * 60_000
const MAX_EMPTY_READS = 50

interface Check {
  readonly calls: KinesisCalls
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The stream's, asked for once: it is not asked for often without being refused. */
  retentionMs(): Promise<number>
}

/**
 * Whether records that are to be read next may have outlived the stream's retention. Kinesis does not say so: an iterator
 * after a trimmed record silently starts at the oldest one left. Costs no call while batches are run every day.
 */
export async function mayHaveLost(shardId: string, state: ShardState, check: Check): Promise<boolean> {
  const ageMs = check.clock.now() - (state.sinceMs ?? Number.POSITIVE_INFINITY)
  if (ageMs < SURE_MS) return false
  if (ageMs < (await check.retentionMs()) - MARGIN_MS) return false
  // If the last record that was read is still there, so is everything after it.
  return !('after' in state.position) || !(await isThere(shardId, state.position.after, check))
}

async function isThere(
  shardId: string,
  sequenceNumber: string,
  { calls, signal }: Pick<Check, 'calls' | 'signal'>,
): Promise<boolean> {
  let iterator: string | undefined
  for (let empty = 0; empty < MAX_EMPTY_READS; empty++) {
    iterator ??= await iteratorAt(shardId, sequenceNumber, { calls, signal })
    if (iterator === undefined) return false
    const answer = await calls.records(shardId, { iterator, limit: 1 }, signal)
    if (answer !== 'expired' && answer.records.length > 0) return answer.records[0]?.sequenceNumber === sequenceNumber
    if (answer !== 'expired' && (answer.behindMs === 0 || answer.next === undefined)) return false
    iterator = answer === 'expired' ? undefined : answer.next
  }
  return false
}

/** `undefined` if the shard itself has expired. */
function iteratorAt(
  shardId: string,
  sequenceNumber: string,
  { calls, signal }: Pick<Check, 'calls' | 'signal'>,
): Promise<string | undefined> {
  return calls.iterator(shardId, { atSequence: sequenceNumber }, signal).catch((error: unknown) => {
    if (error instanceof SluiceError && error.code === 'stream-not-found') return undefined
    throw error
  })
}

export function shardLost(stream: string, shardId: string, state: ShardState): SluiceError {
  const since = state.sinceMs === undefined ? 'an unknown time' : new Date(state.sinceMs).toISOString()
  return new SluiceError({
    code: 'source-missing',
    kind: 'data',
    message: `Kinesis may have dropped records that were not read yet, as they are older than the stream's retention; set onDataLoss to 'skip' to go on with what is left: ${shardId} of stream ${stream}, last read up to ${since}`,
  })
}
