import type { BatchTime } from './attempt.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Json } from './stored.ts'

/** Everything that decides what a batch reads and sees, durable before any side effect (P5). */
export interface Plan {
  readonly formatVersion: 1
  readonly batchTime: BatchTime
  /** What user functions see as the current time, in every attempt and replay. */
  readonly clockMs: number
  /** What user functions draw random numbers from, in every attempt and replay. */
  readonly seed: number
  /** Of the graph that the plan was made for. */
  readonly fingerprint: string
  /** By the stable id of the input stream. */
  readonly sources: { readonly [streamUid: string]: SourcePlan }
}

/** The exact part of one input stream that a batch reads. Reading it again yields the same records, or an error. */
export interface SourcePlan {
  /** Of the source that it was made for, as the graph calls it; whoever asks a source for a plan sees to it. */
  readonly kind: string
  /** Of the format of `ranges` and `next`, per kind of source. */
  readonly version: number
  /** The name that the stream has in the last commit, where that is another than the one that it is planned under. */
  readonly renamedFrom?: string
  /** The stream begins anew: what has its name in the last commit is given up, and another. */
  readonly anew?: true
  /** One per partition of the batch's dataset, in the order of the partitions. */
  readonly ranges: readonly OffsetRange[]
  /** Dead letters of this stream that the batch reads again, each a partition behind those of the ranges. */
  readonly retried?: readonly DeadLetters[]
  /** Where the next plan starts, once this one is committed. */
  readonly next: Json
  /** Known only where the source can tell before reading. */
  readonly records?: number
  readonly bytes?: number
  /** The batch has no dataset from this source (Spark's None), which operators tell from an empty one. */
  readonly noDataset?: true
  /** What is read is there for every batch: no reason for one that the clock does not ask for. */
  readonly repeats?: true
  /** Whether the source had more than the limits let into this plan. */
  readonly more: boolean
  /** What the source could no longer give, where `onDataLoss` says to skip it. */
  readonly gaps?: readonly Gap[]
}

/** Half-open: from `from` to before `until`, in positions of the source's own. */
export interface OffsetRange {
  /** Shard, object or topic-partition. */
  readonly partition: string
  readonly from: Json
  readonly until: Json
  readonly records?: number
  readonly bytes?: number
}

export interface Gap {
  readonly partition: string
  readonly from: Json
  readonly until: Json
  readonly reason: string
}

/** What one batch may take from one stream: what the invocation can hold and finish. At least one record always fits. */
export interface PlanLimits {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly maxFiles: number
  /** How long a source that has to read for its plan may do so; what has come by then is its part. */
  readonly readMs: number
}
