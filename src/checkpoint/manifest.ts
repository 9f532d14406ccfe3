import type { Attempt, BatchTime } from './attempt.ts'
import type { Marks } from './consumed-blocks.ts'
import type { LetterChanges } from './dead-letters.ts'
import type { GraphRecord } from './graph-record.ts'
import type { Plan } from './plan.ts'
import type { Json, ObjectRef, Stored } from './stored.ts'

/** What one committed batch consists of: everything that is needed to publish, restore, replay and audit it. */
export interface Manifest {
  readonly formatVersion: 1
  readonly attempt: Attempt
  /** The batch committed before this one, by the same incarnation. */
  readonly predecessor?: Attempt
  readonly plan: Stored<Plan>
  /** Where the plan is of other code: by the names of now, what it calls the streams that the batch has taken of it, and no others. */
  readonly plannedAs?: { readonly [streamUid: string]: string }
  /** Where each input stream's next plan starts, by stream id. */
  readonly positions: { readonly [streamUid: string]: Json }
  /** The kinds of those of them that are of no stream of `graph`: other code has planned them, and finds them if it comes back. */
  readonly otherInputs?: { readonly [streamUid: string]: string }
  /** What batches have read of streams that were given up: no stream of that name reads it again. */
  readonly marks?: Marks
  readonly state: StateManifest
  /** Whose state and positions these are. Absent on records that began an incarnation without any. */
  readonly graph?: GraphRecord
  /** Changes of this batch, base64 of a changelog, when they are small enough to travel here. */
  readonly inlineChanges?: string
  /** The changelog of this batch, if the state after it no longer needs it: so that it can be looked at as long as the batch. */
  readonly changes?: ChangelogRef
  readonly outputs: readonly StagedOutput[]
  /** Bad records that the batch set apart, and those that it read again. */
  readonly deadLetters?: LetterChanges
  readonly stats: BatchStats
  /** Set when the batch was given up by an explicit act. */
  readonly skipped?: { readonly reason: string }
  /** Set on the record that an incarnation begins with, if an explicit act began it. No batch was run for it. */
  readonly began?: Beginning
}

export interface Beginning {
  readonly by: 'reset' | 'savepoint'
  /** What was given as the reason, or which savepoint it is. */
  readonly reason: string
}

/** Where the state after a batch is: snapshots, and the changelogs to apply to them in this order. */
export interface StateManifest {
  readonly snapshots: readonly SnapshotRef[]
  readonly changelogs: readonly ChangelogRef[]
  readonly unfinished?: readonly UnfinishedSnapshot[]
  /** By operator: what changelogs up to this batch hold under its name is of a former graph, and counts for nothing. */
  readonly voidUntil?: { readonly [operator: string]: BatchTime }
}

export interface SnapshotRef {
  readonly operator: string
  readonly partition: number
  /** The batch whose changes are the last in it. */
  readonly batchTime: BatchTime
  /** Of one that was written over several batches, the last piece: it is what all pieces are one after the other. */
  readonly object: ObjectRef
  /** The pieces before, in order. */
  readonly earlier?: readonly ObjectRef[]
}

/** A snapshot that is being written over several batches. Whoever has not written its pieces begins anew. */
export interface UnfinishedSnapshot {
  readonly operator: string
  readonly partition: number
  /** The batch whose changes will be the last in it. */
  readonly batchTime: BatchTime
  /** In order; nobody reads them yet. */
  readonly pieces: readonly ObjectRef[]
}

export interface ChangelogRef {
  readonly batchTime: BatchTime
  /** Absent: the changes are inline in the manifest of that batch. */
  readonly object?: ObjectRef
  /** How often its changes were merged; it is of the last of their batches. Absent: it has the changes of its batch alone. */
  readonly merged?: number
  /** What holds that manifest since the head no longer does: its own object, or a history segment. */
  readonly within?: ObjectRef
  readonly sizeBytes: number
}

/** What one output operation made for one batch, invisible until it is published. */
export interface StagedOutput {
  /** The output's stable name. */
  readonly output: string
  readonly kind: string
  /** What the batch's files become visible under: the directory's URL. Absent for outputs that write no files. */
  readonly destination?: string
  readonly files: readonly StagedFile[]
  /** Of files that are too large for one call; kept, so that who publishes them later, by newer code, makes the same ETags. */
  readonly partSizes?: PartSizes
  /** Whatever else the sink needs to publish. */
  readonly detail?: Json
}

/** In what pieces an object store that takes large objects in pieces is given them: their ETags depend on it. */
export interface PartSizes {
  /** Of bytes that are sent; a few pieces are held in memory. */
  readonly uploadBytes: number
  /** Of what the service copies by itself. */
  readonly copyBytes: number
}

export interface StagedFile {
  /** The final name below the destination. */
  readonly name: string
  readonly sizeBytes: number
  readonly crc32c: string
  /** Where the bytes wait: in the manifest itself (UTF-8 or base64), or in an object below the checkpoint. */
  readonly at:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'base64'; readonly data: string }
    | { readonly kind: 'object'; readonly ref: ObjectRef }
}

export interface BatchStats {
  /** Records read, by stream id. */
  readonly records: { readonly [streamUid: string]: number }
  /** How often the batch was begun, over all invocations. */
  readonly attempts: number
  readonly submissionTime: number
  readonly processingStartTime: number
  readonly processingEndTime: number
}
