import type { AppId, Attempt, BatchTime, Token } from './attempt.ts'
import type { DeadLetterBox } from './dead-letters.ts'
import type { Manifest } from './manifest.ts'
import type { Plan } from './plan.ts'
import type { ObjectRef, Stored } from './stored.ts'

/** The one mutable record of an application; lease, plan and commit are transitions of it. Formats: PROTOCOL.md. */
export interface Head {
  readonly formatVersion: 1
  readonly app: AppId
  /** Grows with every reset; batches of different incarnations never meet. */
  readonly incarnation: number
  /** Grows by one with every swap. */
  readonly version: number
  readonly token: Token
  /** Z: the first batch is at Z + B. */
  readonly zeroTime: number
  readonly batchIntervalMs: number
  readonly lease?: Lease
  readonly planned?: Planned
  readonly committed?: Committed
  readonly history: History
  /** What carries a lower token and is not named by anything retained may be deleted. */
  readonly boundary: Token
  /** Savepoints: manifests that collection must spare. */
  readonly pins: readonly Pin[]
  /** Bad records that wait to be read again or given up; absent if there never were any. */
  readonly deadLetters?: Stored<DeadLetterBox>
  /** The last batch that was committed when garbage was last collected. */
  readonly collected?: BatchTime
  /** The last name that a collection looked at whose time was over: the next goes on after it. Absent once all were looked at. */
  readonly collectedTo?: string
}

export interface Lease {
  /** Drawn afresh by each invocation. */
  readonly owner: string
  /** The invocation's own deadline, milliseconds since the epoch. */
  readonly until: number
  /** Whoever had the lease before did not give it back, and nothing has been committed since. */
  readonly tookOver?: true
}

export interface Planned {
  readonly batchTime: BatchTime
  /** Of the lease under which the plan was made. */
  readonly token: Token
  /** Attempts begun, over all leases. */
  readonly attempts: number
  readonly plan: Stored<Plan>
  /** Somebody whose functions act on the world (`foreachRDD`) has begun an attempt: what they have seen is not cut anew. */
  readonly mayHaveActed?: true
  readonly failure?: Failure
}

/** Why the last attempt at the planned batch failed. */
export interface Failure {
  readonly message: string
  readonly code: string
  readonly atMs: number
  /** Attempts failed one after the other; decides how long to wait before the next. */
  readonly count: number
}

export interface Committed {
  readonly attempt: Attempt
  readonly manifest: Stored<Manifest>
  /** Whether every staged output is known to be visible under its final name. */
  readonly published: boolean
}

/**
 * Where earlier manifests are. Recent ones travel in the head until a segment object holds them: what they carry inline
 * (state changes above all) may be nowhere else (P12).
 */
export interface History {
  /** Committed before `committed`, oldest first. */
  readonly recent: readonly Stored<Manifest>[]
  /** The newest segment; it names the one before it. */
  readonly segment?: ObjectRef
}

/** A run of manifests, written once when the head has too many of them. */
export interface HistorySegment {
  readonly formatVersion: 1
  readonly manifests: readonly Stored<Manifest>[]
  readonly previous?: ObjectRef
}

export interface Pin {
  readonly name: string
  readonly batchTime: BatchTime
  /** Of the attempt whose manifest is pinned. */
  readonly token: Token
  /** The savepoint itself (`savepoint.ts`). */
  readonly ref: ObjectRef
}
