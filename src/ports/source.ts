import type { AppId, BatchTime } from '../checkpoint/attempt.ts'
import type { OffsetRange, PlanLimits, SourcePlan } from '../checkpoint/plan.ts'
import type { Json } from '../checkpoint/stored.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { ObjectStore } from './object-store.ts'
import type { ReceiverEvent } from './receiver-event.ts'

/** What the graph says of an input stream: plain data and decoding functions. Whoever runs the graph opens it by its kind. */
export interface SourceDescriptor {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Records in chunks of up to a few thousand: all of them, where they are here already, or one chunk after the other. */
export type Chunks<T> = readonly (readonly T[])[] | AsyncIterable<readonly T[]>

/**
 * One open input stream. The scheduler plans it once a batch, then reads each planned range, once or (after a failed
 * attempt, or in a replay) again. Reading a range again yields the same records, or rejects with kind `data` saying what
 * changed or is gone. Lives as long as the process is warm; holds no position of its own that safety rests on.
 */
export interface Source<T = unknown> {
  /** Cuts what the next batch reads, starting where the last commit ended. Must not change anything anywhere. */
  plan(request: PlanRequest): Promise<SourcePlan>
  /** Whether it makes its part instead of cutting it: asked again for a smaller one, it need not have the same again. */
  readonly isWhole?: boolean
  /** The records of one range, in order. */
  read(range: OffsetRange, signal: AbortSignal): Chunks<T>
  /** Of sources that can tell one record from another before they decode it; its records are those of `read`, in that order. */
  readonly raw?: RawRecords<T>
  /**
   * Whether what reading a range threw says that its content cannot be decoded, now or ever: such a range can be set apart as a
   * whole. Without it, whatever reading throws fails the batch.
   */
  isUndecodable?(error: unknown): boolean
  /** Where in the outside world record `index` (from 0) of a range is, for error messages: `line 17 of file:///a/b.txt`. */
  describe(range: OffsetRange, index: number): string
  /** What the commit of `plan` adds to the source's memory. Deterministic; called once a run. */
  remember?(plan: SourcePlan, memory: SourceMemory): void
  /** Drops what was read ahead for plans of batches up to this one. */
  release?(batchTime: BatchTime): void
  /** What to show of a planned part: `Description`, file names, offsets. */
  inputInfo?(plan: SourcePlan): Readonly<Record<string, string>>
  /** Begins to take in what is pushed here. Called when the process starts, else by the first `plan`; again: no effect. */
  start?(): void
  /** Takes in nothing more; resolves when everything that was accepted is stored. The last batches are planned after it. */
  stopReceiving?(): Promise<void>
  /** How much is stored that no plan has named yet, in parts of the source's own: a graceful stop drains it. */
  pending?(): number
  close(): Promise<void>
}

/** A record as it came, before it is decoded. */
export interface RawRecord {
  /** Text or bytes; of a source that has no other form of its records, the element itself. */
  readonly payload: unknown
  /** Where it is, and whatever else it takes to decode it once the source no longer has it. */
  readonly position: Json
}

/** What keeps a bad record from taking the others with it. */
export interface RawRecords<T = unknown> {
  read(range: OffsetRange, signal: AbortSignal): AsyncIterable<readonly RawRecord[]>
  /** The element of a record that `read` gave, then or long ago. Throws when the record is bad. */
  decode(record: RawRecord): T
}

/** What a source is asked: how far a batch may read from here on. */
export interface PlanRequest {
  readonly batchTime: BatchTime
  /** `next` of the last committed plan; `undefined` before the first. */
  readonly position: Json | undefined
  readonly limits: PlanLimits
  /** What this source remembered in committed batches. */
  readonly memory: SourceMemory
  readonly signal: AbortSignal
}

/** A source's own part of the state: committed, restored and replayed with it. */
export interface SourceMemory {
  has(key: string): boolean
  add(key: string): void
  readonly size: number
}

/** What a source finds around it that keeps what it is given, as receivers do. */
export interface SourceSurroundings {
  readonly app: AppId
  /** The stream's place among all input streams, from 0. */
  readonly streamId: number
  /** Of this process, and of no other one before or after it. */
  readonly session: string
  /** Where blocks are kept until batches have read them. */
  readonly checkpoint: ObjectStore
  readonly clock: Clock
  readonly log: Log
  readonly settings?: SettingsReader | undefined
  /** Hears what becomes of receivers; must not throw. */
  readonly receiverEvent?: ((event: ReceiverEvent) => void) | undefined
}

/** Settings by their `spark.*` keys; `undefined` for what was not set and has no default. */
export interface SettingsReader {
  getNumber(key: string): number | undefined
  getMilliseconds(key: string): number | undefined
}

/** Opens sources of one kind. Opening makes no call; a missing stream or directory shows when it is planned. */
export type SourceOpener = (
  descriptor: SourceDescriptor,
  streamUid: string,
  surroundings?: SourceSurroundings,
) => Source
