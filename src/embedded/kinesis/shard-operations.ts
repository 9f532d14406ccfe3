import { ServiceError } from '../http/service-error.ts'
import { ACCOUNT, invalidArgument } from './errors.ts'
import { hashKeyValue, parseHashKey, toHashKey } from './hash-key.ts'
import { type Input, optionalInteger, optionalNumber, optionalStructure, optionalText, text } from './input.ts'
import type { Operation } from './operation.ts'
import type { Shard } from './shard.ts'
import { shardView } from './shard-view.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

const TOKEN_LIFE_MS = 300_000

/** Where a listing goes on, what it was asked for, and when; a token carries all of it, so that its page needs nothing else. */
interface Listing {
  readonly streamName: string
  readonly streamCreatedMs: number
  readonly after: string
  readonly filter: Input
  readonly issuedMs: number
}

export const listShards: Operation = (streams, input) => {
  const now = streams.now()
  const token = optionalText(input, 'NextToken')
  const limit = optionalInteger(input, 'MaxResults', { min: 1, max: 10_000 }) ?? 1000
  const { after, filter, streamName } =
    token === undefined ? firstListing(streams, input) : listingOf(token, input, now)
  const stream = streams.byName(streamName)
  const shards = stream.shards.filter((shard) => shard.id > after && passes(filter, shard, { stream, now }))
  const page = shards.slice(0, limit)
  const Shards = page.map((shard) => shardView(stream, shard))
  const last = page.at(-1)
  if (shards.length <= limit || !last) return { Shards }
  const next = { streamName, streamCreatedMs: stream.createdMs, after: last.id, filter, issuedMs: now }
  return { Shards, NextToken: Buffer.from(JSON.stringify(next)).toString('base64') }
}

function firstListing(streams: Streams, input: Input): Listing {
  const stream = streams.of(input)
  return {
    streamName: stream.name,
    streamCreatedMs: stream.createdMs,
    after: optionalText(input, 'ExclusiveStartShardId') ?? '',
    filter: optionalStructure(input, 'ShardFilter') ?? {},
    issuedMs: streams.now(),
  }
}

function listingOf(token: string, input: Input, nowMs: number): Listing {
  if (input.StreamName !== undefined || input.StreamARN !== undefined) {
    throw invalidArgument('NextToken and StreamName cannot be provided together.')
  }
  const listing = decoded(token)
  if (nowMs - listing.issuedMs <= TOKEN_LIFE_MS) return listing
  throw new ServiceError(400, 'ExpiredNextTokenException', 'The pagination token passed to ListShards is expired.')
}

function decoded(token: string): Listing {
  try {
    const listing = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as Listing
    if (typeof listing.streamName === 'string' && typeof listing.issuedMs === 'number') return listing
  } catch {
    // Said below, in the service's words.
  }
  throw invalidArgument('Invalid NextToken.')
}

function passes(filter: Input, shard: Shard, { stream, now }: { stream: Stream; now: number }): boolean {
  const type = optionalText(filter, 'Type')
  const { createdMs, closedMs = Number.POSITIVE_INFINITY } = shard.facts
  const atMs = (optionalNumber(filter, 'Timestamp') ?? 0) * 1000
  switch (type) {
    case undefined:
    case 'FROM_TRIM_HORIZON':
      return true
    case 'AFTER_SHARD_ID':
      return shard.id > text(filter, 'ShardId')
    case 'AT_LATEST':
      return shard.open
    case 'AT_TRIM_HORIZON':
      return openAt(Math.max(stream.horizonMs(now), stream.createdMs))
    case 'AT_TIMESTAMP':
      return openAt(Math.max(atMs, stream.horizonMs(now), stream.createdMs))
    case 'FROM_TIMESTAMP':
      return closedMs >= atMs
    default:
      throw invalidArgument(`ShardFilter type ${type} is not known.`)
  }

  function openAt(timeMs: number): boolean {
    return createdMs <= timeMs && closedMs > timeMs
  }
}

export const splitShard: Operation = (streams, input) => {
  const stream = streams.of(input)
  const shard = openShard(streams, stream, text(input, 'ShardToSplit'))
  const { startHashKey, endHashKey } = shard.facts
  const wanted = text(input, 'NewStartingHashKey')
  const middle = parseHashKey(wanted)
  const first = hashKeyValue(startHashKey) + 1n
  if (middle === undefined || middle < toHashKey(first) || middle >= endHashKey) {
    throw invalidArgument(
      `NewStartingHashKey ${wanted} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under account ${ACCOUNT} ` +
        `is not both greater than one plus the shard's StartingHashKey ${hashKeyValue(startHashKey)} and less than the shard's ` +
        `EndingHashKey ${hashKeyValue(endHashKey)} minus one.`,
    )
  }
  const lowEnd = toHashKey(hashKeyValue(middle) - 1n)
  const ranges = [
    { start: startHashKey, end: lowEnd },
    { start: middle, end: endHashKey },
  ]
  stream.reshard([shard], ranges, streams.now())
  return undefined
}

export const mergeShards: Operation = (streams, input) => {
  const stream = streams.of(input)
  const shard = openShard(streams, stream, text(input, 'ShardToMerge'))
  const adjacent = openShard(streams, stream, text(input, 'AdjacentShardToMerge'))
  const inOrder = [shard, adjacent].sort((a, b) => (a.facts.startHashKey < b.facts.startHashKey ? -1 : 1))
  const [low, high] = inOrder as [Shard, Shard]
  if (hashKeyValue(low.facts.endHashKey) + 1n !== hashKeyValue(high.facts.startHashKey)) {
    throw invalidArgument(
      `Shards ${shard.id} and ${adjacent.id} in stream ${stream.name} under account ${ACCOUNT} are not an adjacent pair of shards ` +
        'eligible for merging',
    )
  }
  const range = { start: low.facts.startHashKey, end: high.facts.endHashKey }
  stream.reshard([shard, adjacent], [range], streams.now())
  return undefined
}

function openShard(streams: Streams, stream: Stream, id: string): Shard {
  const shard = streams.shardOf(stream, id)
  if (shard.open) return shard
  throw invalidArgument(
    `Shard ${id} in stream ${stream.name} under account ${ACCOUNT} has already been merged or split, and thus is not eligible ` +
      'for merging or splitting.',
  )
}
