import {
  type ChildShard,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { Clock } from '../../ports/clock.ts'
import { isThrottled, kinesisError, nameOf } from './kinesis-errors.ts'
import type { ShardPosition } from './kinesis-position.ts'
import { kinesisRecord } from './kinesis-record.ts'
import type { ShardInfo } from './shard-lineage.ts'

const MAX_TRIES = 9
const FIRST_PAUSE_MS = 100
/** A shard admits five reads and two megabytes a second. */
const LONGEST_PAUSE_MS = 2_000

export interface RecordsAnswer {
  readonly records: readonly KinesisRecord[]
  /** Absent at the end of a closed shard. */
  readonly next?: string
  /** How long ago the first record that was not read arrived; 0 if all were. */
  readonly behindMs: number
  /** At the end of a closed shard, as far as the service announces them. */
  readonly children: readonly ShardInfo[]
}

/** Positions, and a sequence number itself, which is only needed for reading again. */
export type IteratorStart = ShardPosition | { readonly atSequence: string }

/** The calls that reading takes, with throttling waited for and errors that say what to do. */
export class KinesisCalls {
  readonly #client: KinesisClient
  readonly #clock: Clock
  readonly #stream: string

  constructor(client: KinesisClient, clock: Clock, stream: string) {
    this.#client = client
    this.#clock = clock
    this.#stream = stream
  }

  /** Every shard that still has records or may get some, closed ones included. */
  async listShards(signal: AbortSignal): Promise<ShardInfo[]> {
    const shards: ShardInfo[] = []
    let token: string | undefined
    do {
      const input = token === undefined ? { StreamName: this.#stream } : { NextToken: token }
      const page = await this.#call('ListShards', signal, (abortSignal) =>
        this.#client.send(new ListShardsCommand(input), { abortSignal }),
      )
      shards.push(...(page.Shards ?? []).map(listedShard))
      token = page.NextToken
    } while (token !== undefined)
    return shards
  }

  async iterator(shardId: string, start: IteratorStart, signal: AbortSignal): Promise<string> {
    const input = { StreamName: this.#stream, ShardId: shardId, ...iteratorType(start) }
    const { ShardIterator = '' } = await this.#call('GetShardIterator', signal, (abortSignal) =>
      this.#client.send(new GetShardIteratorCommand(input), { abortSignal }),
    )
    return ShardIterator
  }

  /** `expired`: the iterator was not used for five minutes; ask for another. */
  async records(
    shardId: string,
    read: { readonly iterator: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<RecordsAnswer | 'expired'> {
    const input = { ShardIterator: read.iterator, Limit: read.limit }
    const answer = await this.#call('GetRecords', signal, (abortSignal) =>
      this.#client.send(new GetRecordsCommand(input), { abortSignal }).catch((error: unknown) => {
        if (nameOf(error) === 'ExpiredIteratorException') return 'expired' as const
        throw error
      }),
    )
    if (answer === 'expired') return answer
    return {
      records: (answer.Records ?? []).map((record) => kinesisRecord(record, shardId)),
      ...(answer.NextShardIterator == null ? {} : { next: answer.NextShardIterator }),
      behindMs: answer.MillisBehindLatest ?? 0,
      children: (answer.ChildShards ?? []).map(announcedShard),
    }
  }

  async retentionMs(signal: AbortSignal): Promise<number> {
    const { StreamDescriptionSummary: summary } = await this.#call('DescribeStreamSummary', signal, (abortSignal) =>
      this.#client.send(new DescribeStreamSummaryCommand({ StreamName: this.#stream }), { abortSignal }),
    )
    return (summary?.RetentionPeriodHours ?? 24) * 3_600_000
  }

  async #call<T>(call: string, signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted()
      try {
        return await send(signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!isThrottled(error) || tries === MAX_TRIES) {
          throw kinesisError(error, { stream: this.#stream, call })
        }
      }
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS)
      await this.#clock.sleep(pauseMs, signal)
    }
  }
}

function iteratorType(
  start: IteratorStart,
): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'> {
  if ('after' in start) return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: start.after }
  if ('atSequence' in start)
    return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: start.atSequence }
  if ('atMs' in start) return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(start.atMs) }
  return { ShardIteratorType: 'TRIM_HORIZON' }
}

function listedShard({ ShardId = '', ParentShardId, AdjacentParentShardId, ...rest }: Shard): ShardInfo {
  return {
    id: ShardId,
    parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent != null),
    ...hashKeys(rest),
    open: rest.SequenceNumberRange?.EndingSequenceNumber == null,
  }
}

function announcedShard({ ShardId = '', ParentShards = [], ...rest }: ChildShard): ShardInfo {
  return { id: ShardId, parents: ParentShards, ...hashKeys(rest), open: true }
}

function hashKeys({ HashKeyRange: range }: Pick<Shard, 'HashKeyRange'>): Pick<ShardInfo, 'hashKeyRange'> {
  if (range === undefined) return {}
  return { hashKeyRange: { start: range.StartingHashKey ?? '', end: range.EndingHashKey ?? '' } }
}
