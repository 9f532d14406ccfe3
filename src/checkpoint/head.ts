import type { Manifest } from './manifest.ts'
import type { Plan } from './plan.ts'

/** The application's name: what its head, objects and metrics are filed under. */
export type AppId = string

/** Fencing token: grows with every lease and every operator's act, never falls, never recurs. */
export type Token = number & { readonly brand: 'Token' }

/** Milliseconds since the epoch, on the grid Z + k·B. */
export type BatchTime = number

/** JSON that only the source, sink or operator that made it reads. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One run of one batch. Two attempts never share an identity, so nothing that one writes is ever another's (P3). */
export interface Attempt {
  readonly incarnation: number
  readonly batchTime: BatchTime
  readonly token: Token
  readonly number: number
}

/** An immutable object below the checkpoint, with what it takes to notice damage. */
export interface ObjectRef {
  readonly key: string
  readonly sizeBytes: number
  /** CRC-32C of the bytes, 8 hexadecimal digits. */
  readonly crc32c: string
}

/** Small values travel inside the record that names them, large ones in an object of their own. */
export type Stored<T> =
  | { readonly kind: 'inline'; readonly value: T }
  | { readonly kind: 'object'; readonly ref: ObjectRef }

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
}

export interface Lease {
  /** Drawn afresh by each invocation. */
  readonly owner: string
  /** The invocation's own deadline, milliseconds since the epoch. */
  readonly until: number
}

export interface Planned {
  readonly batchTime: BatchTime
  /** Of the lease under which the plan was made. */
  readonly token: Token
  /** Attempts begun, over all leases. */
  readonly attempts: number
  readonly plan: Stored<Plan>
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
  readonly token: Token
}

/** Orders tokens; the only arithmetic on them besides `nextToken`. */
export function nextToken(token: Token): Token {
  return (token + 1) as Token
}

export function sameAttempt(a: Attempt, b: Attempt): boolean {
  return a.incarnation === b.incarnation && a.batchTime === b.batchTime && a.token === b.token && a.number === b.number
}
