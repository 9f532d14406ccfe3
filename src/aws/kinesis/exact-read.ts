import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import { SluiceError } from '../../util/errors.ts'
import type { KinesisCalls } from './kinesis-calls.ts'
import type { SequenceRange } from './kinesis-position.ts'

const MAX_LIMIT = 10_000
const MAX_EMPTY_READS = 50

/** Reads exactly the planned records again; if they are not all there any more, rejects with code `source-missing`. */
export async function* exactRead(
  range: SequenceRange,
  { calls, stream }: { readonly calls: KinesisCalls; readonly stream: string },
  signal: AbortSignal,
): AsyncGenerator<readonly KinesisRecord[]> {
  let read = 0
  let last: string | undefined
  let iterator: string | undefined
  for (let empty = 0; last !== range.last; ) {
    const start = last === undefined ? { atSequence: range.first } : { after: last }
    iterator ??= await calls.iterator(range.shardId, start, signal).catch((error: unknown) => {
      throw isGone(error) ? missing(range, stream, error) : error
    })
    const limit = Math.min(range.records - read, MAX_LIMIT)
    const answer = await calls.records(range.shardId, { iterator, limit: Math.max(limit, 1) }, signal)
    iterator = answer === 'expired' ? undefined : answer.next
    const records = answer === 'expired' ? [] : answer.records
    empty = records.length === 0 ? empty + 1 : 0
    const atEnd = answer !== 'expired' && (answer.next === undefined || answer.behindMs === 0)
    read += records.length
    if (!isExpected({ records, read, last }, range)) throw missing(range, stream)
    last = records.at(-1)?.sequenceNumber ?? last
    if (records.length > 0) yield records
    if (last !== range.last && (atEnd || empty > MAX_EMPTY_READS)) throw missing(range, stream)
  }
}

interface Progress {
  readonly records: readonly KinesisRecord[]
  readonly read: number
  readonly last: string | undefined
}

/** The first record is the first one planned, and the last one planned is the one with which there are as many. */
function isExpected({ records, read, last }: Progress, range: SequenceRange): boolean {
  if (records.length === 0) return true
  if (last === undefined && records[0]?.sequenceNumber !== range.first) return false
  return (records.at(-1)?.sequenceNumber === range.last) === (read === range.records)
}

function isGone(error: unknown): boolean {
  return error instanceof SluiceError && (error.code === 'stream-not-found' || error.code === 'stream-position-refused')
}

function missing({ shardId, first, last, records }: SequenceRange, stream: string, cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'source-missing',
    kind: 'data',
    message: `Kinesis no longer has the records that this batch must read (is their age above the stream's retention?); skip the batch to go on without them: ${records} records of ${shardId} of stream ${stream}, from ${first} to ${last}`,
    cause,
  })
}
