import type { BatchTime } from '../checkpoint/attempt.ts'
import type { OffsetRange, PlanLimits, SourcePlan } from '../checkpoint/plan.ts'
import type { Json } from '../checkpoint/stored.ts'

/** What the graph says of an input stream: plain data and decoding functions. Whoever runs the graph opens it by its kind. */
export interface SourceDescriptor {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * One open input stream. The scheduler plans it once a batch, then reads each planned range, once or (after a failed
 * attempt, or in a replay) again. Reading a range again yields the same records, or rejects with kind `data` saying what
 * changed or is gone. Lives as long as the process is warm; holds no position of its own that safety rests on.
 */
export interface Source<T = unknown> {
  /** Cuts what the next batch reads, starting where the last commit ended. Must not change anything anywhere. */
  plan(request: PlanRequest): Promise<SourcePlan>
  /** The records of one range, in order, in chunks of up to a few thousand. */
  read(range: OffsetRange, signal: AbortSignal): AsyncIterable<readonly T[]>
  /** Where in the outside world record `index` (from 0) of a range is, for error messages: `line 17 of file:///a/b.txt`. */
  describe(range: OffsetRange, index: number): string
  /** What the commit of `plan` adds to the source's memory. Deterministic; called once a run. */
  remember?(plan: SourcePlan, memory: SourceMemory): void
  /** Drops what was read ahead for plans of batches up to this one. */
  release?(batchTime: BatchTime): void
  close(): Promise<void>
}

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

/** Opens sources of one kind. Opening makes no call; a missing stream or directory shows when it is planned. */
export type SourceOpener = (descriptor: SourceDescriptor, streamUid: string) => Source
