import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { Clock } from '../../ports/clock.ts'
import type { KinesisCalls, RecordsAnswer } from './kinesis-calls.ts'
import type { ShardPosition, ShardState } from './kinesis-position.ts'
import { recordBytes } from './kinesis-record.ts'
import type { ShardInfo } from './shard-lineage.ts'

/** What Kinesis gives at most in one call. */
const MAX_LIMIT = 10_000
/** Sparse shards answer with nothing for a while, each time from a later place. */
const MAX_EMPTY_READS = 50
/** Until records have been seen: where an answer of any records fits, and where many shards' answers might not. */
const ASSUMED_RECORD_BYTES = 10 * 1024
const LARGEST_RECORD_BYTES = 1024 ** 2
const MAX_ANSWER_BYTES = 10 * 1024 ** 2
/** A call for less than this is not worth making. */
const LEAST_BYTES = 64 * 1024
/** Iterators expire after five minutes; asking in vain would cost a call. */
const ITERATOR_LIFE_MS = 290_000

export interface Amount {
  readonly records: number
  readonly bytes: number
}

/** One plan's reading: records that arrive after it began may wait for the next. */
export interface Reading {
  readonly startedMs: number
  /** Whether as much time has gone by as reading may take. */
  isOver(): boolean
  readonly signal: AbortSignal
}

export interface CursorPorts {
  readonly calls: KinesisCalls
  readonly clock: Clock
}

/**
 * Reads on in one shard. Kept while the process is warm, so that a shard without news costs one call a batch; what was
 * read beyond a plan's limits waits here for the next. It is only a shortcut: a position in the checkpoint makes another.
 */
export class ShardCursor {
  readonly shardId: string
  readonly #calls: KinesisCalls
  readonly #clock: Clock
  #position: ShardPosition
  #fetched: ShardPosition
  #iterator: string | undefined
  #iteratorMs = 0
  #ahead: KinesisRecord[] = []
  #taken = 0
  #aheadBytes = 0
  #averageBytes: number | undefined
  #sinceMs: number | undefined
  #caughtUp = false
  #end: readonly ShardInfo[] | undefined

  constructor(shardId: string, { position, sinceMs }: ShardState, { calls, clock }: CursorPorts) {
    this.shardId = shardId
    this.#position = position
    this.#fetched = position
    this.#sinceMs = sinceMs
    this.#calls = calls
    this.#clock = clock
  }

  get position(): ShardPosition {
    return this.#position
  }
  /** Whether everything was taken that was there when the plan began. */
  get isCaughtUp(): boolean {
    return this.#caughtUp && this.hasNone
  }
  get hasNone(): boolean {
    return this.#taken === this.#ahead.length
  }
  /** The shard's children, once its last record was taken. */
  get children(): readonly ShardInfo[] | undefined {
    return this.hasNone ? this.#end : undefined
  }
  /** Nothing that is still to be taken arrived before this. */
  get sinceMs(): number | undefined {
    return this.#ahead[this.#taken]?.approximateArrivalTimestamp ?? this.#sinceMs
  }

  begin(): void {
    this.#caughtUp = this.#end !== undefined
  }

  /** Reads until there is as much as wanted, or no more, or no time; once in any case. */
  async fill(wanted: Amount, reading: Reading): Promise<void> {
    for (let empty = 0; empty < MAX_EMPTY_READS && !this.#caughtUp && !this.#holds(wanted); ) {
      const before = this.#ahead.length
      await this.#fetch(this.#limit(wanted), reading)
      empty = this.#ahead.length > before ? 0 : empty + 1
      if (reading.isOver()) return
    }
  }

  /** Passes over all that has arrived, for LATEST. */
  async skipToEnd(reading: Reading): Promise<void> {
    for (this.begin(); !this.#caughtUp; ) {
      await this.fill({ records: MAX_LIMIT, bytes: Number.MAX_SAFE_INTEGER }, reading)
      this.take({ records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER })
    }
  }

  /** Records in order, as many as fit. */
  take(room: Amount): KinesisRecord[] {
    let end = this.#taken
    let bytes = 0
    for (; end < this.#ahead.length && end - this.#taken < room.records; end++) {
      const size = recordBytes(this.#ahead[end] as KinesisRecord)
      if (bytes + size > room.bytes) break
      bytes += size
    }
    const records = this.#ahead.slice(this.#taken, end)
    this.#taken = end
    this.#aheadBytes -= bytes
    if (this.hasNone) {
      this.#ahead = []
      this.#taken = 0
    }
    const last = records.at(-1)
    if (last !== undefined) this.#position = { after: last.sequenceNumber }
    return records
  }

  #holds({ records, bytes }: Amount): boolean {
    return this.#ahead.length - this.#taken >= records || this.#aheadBytes >= bytes
  }

  /** No more than is likely to be taken: a hundred shards must not bring ten megabytes each. */
  #limit({ records, bytes }: Amount): number {
    const missing = records - (this.#ahead.length - this.#taken)
    const assumed = bytes < MAX_ANSWER_BYTES ? LARGEST_RECORD_BYTES : ASSUMED_RECORD_BYTES
    const room = Math.max(bytes - this.#aheadBytes, LEAST_BYTES)
    return Math.min(missing, Math.ceil(room / (this.#averageBytes ?? assumed)), MAX_LIMIT)
  }

  async #fetch(limit: number, { startedMs, signal }: Reading): Promise<void> {
    if (this.#clock.now() - this.#iteratorMs > ITERATOR_LIFE_MS) this.#iterator = undefined
    this.#iterator ??= await this.#calls.iterator(this.shardId, this.#fetched, signal)
    const askedMs = this.#clock.now()
    const answer = await this.#calls.records(this.shardId, { iterator: this.#iterator, limit }, signal)
    if (answer === 'expired') {
      this.#iterator = undefined
      return
    }
    this.#add(answer.records)
    this.#iterator = answer.next
    this.#iteratorMs = askedMs
    this.#sinceMs = askedMs - answer.behindMs
    if (answer.next === undefined) await this.#atEnd(answer, signal)
    this.#caughtUp = this.#end !== undefined || answer.behindMs === 0 || answer.behindMs < askedMs - startedMs
  }

  #add(records: readonly KinesisRecord[]): void {
    const last = records.at(-1)
    if (last === undefined) return
    let bytes = 0
    for (const record of records) {
      bytes += recordBytes(record)
      this.#ahead.push(record)
    }
    this.#aheadBytes += bytes
    this.#averageBytes = Math.max(1, bytes / records.length)
    this.#fetched = { after: last.sequenceNumber }
  }

  /** Without its children a shard's end would end the stream; so it counts only once they are known. */
  async #atEnd({ children }: RecordsAnswer, signal: AbortSignal): Promise<void> {
    const listed = children.length > 0 ? children : await this.#calls.listShards(signal)
    const own = listed.filter(({ parents }) => parents.includes(this.shardId))
    this.#end = own.length > 0 ? own : undefined
  }
}
