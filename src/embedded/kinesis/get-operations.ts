import { ACCOUNT, invalidArgument, shardNotFound, streamNotFound, throughputExceeded, validation } from './errors.ts'
import { type Input, optionalInteger, optionalNumber, text } from './input.ts'
import type { Operation } from './operation.ts'
import { parseSequenceNumber } from './sequence-number.ts'
import { type Shard, shardId } from './shard.ts'
import { decodeIterator, encodeIterator } from './shard-iterator.ts'
import type { ShardRead } from './shard-log.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

const MAX_RECORDS = 10_000
const MAX_BYTES = 10 * 1024 * 1024

export const getShardIterator: Operation = (streams, input) => {
  const stream = streams.of(input)
  const shard = streams.shardOf(stream, text(input, 'ShardId'))
  const ordinal = startOrdinal(streams, { stream, shard }, input)
  return { ShardIterator: iteratorAt(streams, { stream, shard }, ordinal) }
}

interface Place {
  readonly stream: Stream
  readonly shard: Shard
}

function iteratorAt(streams: Streams, { stream, shard }: Place, ordinal: number): string {
  const { name: streamName, createdMs: streamCreatedMs } = stream
  const { index } = shard.facts
  return encodeIterator({ streamName, streamCreatedMs, shardIndex: index, ordinal, issuedMs: streams.now() })
}

function startOrdinal(streams: Streams, place: Place, input: Input): number {
  const type = text(input, 'ShardIteratorType')
  switch (type) {
    case 'TRIM_HORIZON':
      return 0
    case 'LATEST':
      return place.stream.nextOrdinal
    case 'AT_SEQUENCE_NUMBER':
      return ordinalOf(place, text(input, 'StartingSequenceNumber'))
    case 'AFTER_SEQUENCE_NUMBER':
      return ordinalOf(place, text(input, 'StartingSequenceNumber')) + 1
    case 'AT_TIMESTAMP':
      return ordinalAtTime(place, optionalNumber(input, 'Timestamp'), streams.now())
    default: {
      const types = '[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]'
      const where = `Value '${type}' at 'shardIteratorType' failed to satisfy constraint`
      throw validation(`${where}: Member must satisfy enum value set: ${types}`)
    }
  }
}

function ordinalOf({ stream, shard }: Place, sequenceNumber: string): number {
  const parsed = parseSequenceNumber(sequenceNumber)
  const known = parsed?.createdMs === stream.createdMs && parsed.shardIndex === shard.facts.index
  if (parsed && known && parsed.ordinal >= shard.facts.startOrdinal) return parsed.ordinal
  throw invalidArgument(
    `StartingSequenceNumber ${sequenceNumber} used in GetShardIterator on shard ${shard.id} in stream ${stream.name} ` +
      `under account ${ACCOUNT} is invalid because it did not come from this stream.`,
  )
}

function ordinalAtTime({ stream, shard }: Place, seconds: number | undefined, nowMs: number): number {
  if (seconds === undefined) throw invalidArgument('Must specify timestampInMillis for ShardIteratorType AT_TIMESTAMP.')
  const timeMs = Math.round(seconds * 1000)
  if (timeMs > nowMs) {
    throw invalidArgument(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timeMs}, ` +
        `currentTimestampInMillis: ${nowMs}`,
    )
  }
  return shard.log.ordinalAtArrival(timeMs) ?? stream.nextOrdinal
}

export const getRecords: Operation = (streams, input) => {
  const now = streams.now()
  const limit = optionalInteger(input, 'Limit', { min: 1, max: MAX_RECORDS }) ?? MAX_RECORDS
  const iterator = decodeIterator(text(input, 'ShardIterator'), now)
  const stream = streams.byName(iterator.streamName)
  if (stream.createdMs !== iterator.streamCreatedMs) throw streamNotFound(stream.name)
  const shard = stream.shard(iterator.shardIndex)
  if (!shard) throw shardNotFound(shardId(iterator.shardIndex), stream.name)
  if (streams.limited && !shard.throughput.takeRead(now)) throw throughputExceeded(shard.id, stream.name)
  const read = shard.log.read(iterator.ordinal, stream.horizonMs(now), { records: limit, sizeBytes: MAX_BYTES })
  shard.throughput.noteRead(
    now,
    read.slices.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  )
  return recordsAnswer(streams, { stream, shard }, read)
}

function recordsAnswer(streams: Streams, { stream, shard }: Place, read: ShardRead): readonly Buffer[] {
  const { slices, nextOrdinal, nextArrivalMs } = read
  const atEnd = !shard.open && nextArrivalMs === undefined
  // Zero means that there is nothing more, so a record that arrived in this very millisecond still counts as one behind.
  const behindMs = nextArrivalMs === undefined ? 0 : Math.max(1, streams.now() - nextArrivalMs)
  const rest = {
    MillisBehindLatest: behindMs,
    ...(atEnd
      ? { ChildShards: childShards(stream, shard) }
      : { NextShardIterator: iteratorAt(streams, { stream, shard }, nextOrdinal) }),
  }
  const texts = slices.map(({ text }) => text)
  const last = texts.pop()
  if (last) texts.push(last.subarray(0, -1))
  return [Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"Records":[`), ...texts, Buffer.from(']}')]
}

function childShards(stream: Stream, shard: Shard): readonly object[] {
  return stream.childrenOf(shard).map(({ id, facts, hashKeyRange }) => ({
    ShardId: id,
    ParentShards: facts.parents.map(shardId),
    HashKeyRange: hashKeyRange,
  }))
}
