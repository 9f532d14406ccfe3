import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { Gap, OffsetRange, SourcePlan } from '../../checkpoint/plan.ts'
import type { Json } from '../../checkpoint/stored.ts'
import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PlanRequest, RawRecord, RawRecords, Source, SourceOpener } from '../../ports/source.ts'
import { allDone } from '../../util/all-done.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { mayHaveLost, shardLost } from './data-loss.ts'
import { exactRead } from './exact-read.ts'
import { readFairly } from './fair-reading.ts'
import { outcomeOf, startOf } from './first-plan.ts'
import { KinesisCalls } from './kinesis-calls.ts'
import { type KinesisOptions, kinesisOptions } from './kinesis-options.ts'
import {
  offsetRange,
  PLAN_VERSION,
  type SequenceRange,
  type ShardState,
  type StreamPosition,
  sequenceRange,
  streamPosition,
} from './kinesis-position.ts'
import { kinesisRecordOf, ownRecord, rawRecord, recordBytes } from './kinesis-record.ts'
import { RecordSpool } from './record-spool.ts'
import { type Reading, ShardCursor } from './shard-cursor.ts'
import { nextPosition, readableShards, withoutExpired } from './shard-lineage.ts'

const KIND = 'kinesis'
const CHUNK_RECORDS = 2_000

/**
 * Opens Kinesis streams. Kinesis cannot say where a shard ends without being read, so a plan reads, and the batch uses
 * what was read; only another process reads the planned ranges again. `clientOf` gives the client for the region that a
 * stream names, or for none.
 */
export function kinesisSourceOpener(
  clientOf: (region: string | undefined) => KinesisClient,
  clock: Clock,
): SourceOpener {
  return (descriptor) => {
    const options = kinesisOptions(descriptor)
    return new KinesisSource(options, new KinesisCalls(clientOf(options.region), clock, options.streamName), clock)
  }
}

interface Planned {
  readonly range: SequenceRange
  readonly records: readonly KinesisRecord[]
  readonly offsets: OffsetRange
}

class KinesisSource implements Source {
  readonly #options: KinesisOptions
  readonly #calls: KinesisCalls
  readonly #clock: Clock
  readonly #spool = new RecordSpool()
  readonly raw: RawRecords = {
    read: (range, signal) => this.#rawRecords(range, signal),
    decode: (record) => this.#decoded(kinesisRecordOf(record)),
  }
  #cursors = new Map<string, ShardCursor>()

  constructor(options: KinesisOptions, calls: KinesisCalls, clock: Clock) {
    this.#options = options
    this.#calls = calls
    this.#clock = clock
  }

  async plan({ batchTime, position, limits, signal }: PlanRequest): Promise<SourcePlan> {
    const startedMs = this.#clock.now()
    const isOver = () => this.#clock.now() - startedMs >= limits.readMs
    const reading = { startedMs, isOver, signal }
    if (position === undefined && this.#options.initialPosition.kind === 'LATEST') return this.#pinLatest(reading)
    const committed = position === undefined ? await this.#start(reading) : streamPosition(position)
    const { before, gaps } = await this.#withoutLost(committed, signal)
    const cursors = this.#open(before)
    const { maxRecordsPerShard } = this.#options
    const taken = await readFairly(cursors, { ...limits, maxRecordsPerShard }, reading)
    const planned = [...taken].filter(([, records]) => records.length > 0).map(plannedShard)
    this.#spool.put(batchTime, planned)
    const next = nextPosition(before, new Map(cursors.map((cursor) => [cursor.shardId, outcomeOf(cursor)])))
    return {
      ...sourcePlan(planned, next),
      more: cursors.some((cursor) => !cursor.isCaughtUp || cursor.children !== undefined),
      ...(gaps.length > 0 ? { gaps } : {}),
    }
  }

  /** Fixes where the stream starts, once; what comes from now on is for the next plan. */
  async #pinLatest(reading: Reading): Promise<SourcePlan> {
    const { position, cursors } = await this.#startOf(reading)
    this.#cursors = new Map(cursors.map((cursor) => [cursor.shardId, cursor]))
    return { ...sourcePlan([], position), more: false }
  }

  async #start(reading: Reading): Promise<StreamPosition> {
    return (await this.#startOf(reading)).position
  }

  #startOf(reading: Reading) {
    const { initialPosition } = this.#options
    return startOf({ calls: this.#calls, clock: this.#clock, initialPosition }, reading)
  }

  /** Fails if records may have outlived the retention; if that is to be skipped, says what is missing and goes on. */
  async #withoutLost(before: StreamPosition, signal: AbortSignal): Promise<{ before: StreamPosition; gaps: Gap[] }> {
    const [calls, clock] = [this.#calls, this.#clock]
    let retention: Promise<number> | undefined
    const retentionMs = () => (retention ??= calls.retentionMs(signal))
    const shards = readableShards(before).map((shardId) => [shardId, before.shards[shardId] as ShardState] as const)
    // At once, as reading is: after a day's pause all of them are looked at, and one by one would take longer than a function has.
    const losses = await allDone(
      shards.map(([shardId, state]) => mayHaveLost(shardId, state, { calls, clock, signal, retentionMs })),
    )
    const gaps: Gap[] = []
    for (const [shardId, state] of shards.filter((_, i) => losses[i])) {
      const error = shardLost(this.#options.streamName, shardId, state)
      if (this.#options.onDataLoss === 'fail') throw error
      const from = json(state.position)
      gaps.push({ partition: shardId, from, until: { at: 'TRIM_HORIZON' }, reason: error.message })
    }
    if (gaps.length === 0) return { before, gaps }
    return { before: withoutExpired(before, await this.#calls.listShards(signal)), gaps }
  }

  /** A cursor for each shard to read: the one of the last plan, if that is where the last commit ended. */
  #open(before: StreamPosition): ShardCursor[] {
    const cursors = readableShards(before).map((shardId) => {
      const state = before.shards[shardId] as ShardState
      const warm = this.#cursors.get(shardId)
      if (warm !== undefined && JSON.stringify(warm.position) === JSON.stringify(state.position)) return warm
      return new ShardCursor(shardId, state, { calls: this.#calls, clock: this.#clock })
    })
    this.#cursors = new Map(cursors.map((cursor) => [cursor.shardId, cursor]))
    return cursors
  }

  async *read(range: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    for await (const records of this.#records(sequenceRange(range), signal)) {
      yield records.map((record) => this.#decoded(ownRecord(record)))
    }
  }

  async *#rawRecords(range: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly RawRecord[]> {
    for await (const records of this.#records(sequenceRange(range), signal)) yield records.map(rawRecord)
  }

  async *#records(range: SequenceRange, signal: AbortSignal): AsyncGenerator<readonly KinesisRecord[]> {
    const spooled = this.#spool.get(range)
    if (spooled === undefined) {
      yield* exactRead(range, { calls: this.#calls, stream: this.#options.streamName }, signal)
      return
    }
    for (let start = 0; start < spooled.length; start += CHUNK_RECORDS) {
      signal.throwIfAborted()
      yield spooled.slice(start, start + CHUNK_RECORDS)
    }
  }

  #decoded(record: KinesisRecord): unknown {
    try {
      return this.#options.decode(record)
    } catch (error) {
      throw new SluiceError({
        code: 'record-undecodable',
        kind: 'data',
        message: `The stream's decode function failed (${messageOf(error)}): ${this.#name(record)}`,
        cause: error,
      })
    }
  }

  describe(range: OffsetRange, index: number): string {
    const sequence = sequenceRange(range)
    const record = this.#spool.get(sequence)?.[index]
    if (record !== undefined) return this.#name(record)
    const { shardId, first, last } = sequence
    return `record ${index + 1} from ${first} to ${last} of ${shardId} in stream ${this.#options.streamName}`
  }

  #name({ sequenceNumber, shardId }: KinesisRecord): string {
    return `record ${sequenceNumber} of ${shardId} in stream ${this.#options.streamName}`
  }

  release(batchTime: BatchTime): void {
    this.#spool.release(batchTime)
  }

  async close(): Promise<void> {
    this.#spool.release(Number.POSITIVE_INFINITY)
    this.#cursors.clear()
  }
}

function plannedShard([cursor, records]: [ShardCursor, readonly KinesisRecord[]]): Planned {
  const first = records[0]?.sequenceNumber ?? ''
  const last = records.at(-1)?.sequenceNumber ?? ''
  const range = { shardId: cursor.shardId, first, last, records: records.length }
  const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
  const offsets = offsetRange(range, { bytes, endOfShard: cursor.children !== undefined })
  return { range, records, offsets }
}

function sourcePlan(planned: readonly Planned[], next: StreamPosition): Omit<SourcePlan, 'more'> {
  const ranges = planned.map(({ offsets }) => offsets)
  return {
    kind: KIND,
    version: PLAN_VERSION,
    ranges,
    next: json(next),
    records: ranges.reduce((sum, { records = 0 }) => sum + records, 0),
    bytes: ranges.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
  }
}

/** Positions are declared as what they hold, which the type of all JSON cannot be derived from. */
function json(value: object): Json {
  return value as Json
}
