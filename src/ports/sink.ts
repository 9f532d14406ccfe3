import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

/** What the graph says of an output operation that a sink carries out. */
export interface SinkDescriptor {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * An output in two phases. `stage` runs the output's job and keeps the bytes where no reader looks; `publish` makes them
 * visible after the commit, perhaps several times, perhaps late, always the same bytes under the same names. Where readers
 * wait for a last sign that all of it is there, `closing` gives that.
 */
export interface Sink {
  /** Where a batch is to become visible, written as nothing else of that place is. Two outputs must not have one. Makes no call. */
  place?(batchTime: BatchTime): string
  /** What lies already where a batch is to become visible. Asked ahead of its data; `stage` is told what came of it. */
  existing?(batchTime: BatchTime): Promise<readonly ObjectInfo[]>
  /** Resolves when everything staged is acknowledged; `undefined` when the batch has nothing to show. */
  stage(job: OutputJob): Promise<StagedOutput | undefined>
  /** Makes a committed batch's output visible. Idempotent; safe to run late and beside others that do the same. */
  publish(staged: StagedOutput, context: PublishContext): Promise<void>
  /** Of an output that counts only once it is closed. */
  readonly closing?: Closing | undefined
  /** What is wrong with what was published: it must be there as it was committed, and nothing else with it. Changes nothing. */
  audit?(staged: StagedOutput, context: AuditContext): Promise<readonly OutputFault[]>
  /**
   * Where readers take something for output of a batch in this sink's places, of a later time than the first of `published` that is in
   * them, and none of `published` is there. Changes nothing.
   */
  strays?(published: readonly PlacedBatch[], context: AuditContext): Promise<readonly PlacedBatch[]>
}

/** Where something of a batch is visible. */
export interface PlacedBatch {
  readonly batchTime: BatchTime
  /** As in `StagedOutput`. */
  readonly destination: string
}

/** The part of a sink that ends a batch's output once and for all: the mark that readers wait for. */
export interface Closing {
  /** Comes when `publish` is done and acknowledged. Idempotent, and safe to run late, as that is. */
  close(staged: StagedOutput, context: PublishContext): Promise<void>
  /** Whether somebody has closed it: then there is nothing left to publish. */
  isClosed(staged: StagedOutput, attempt: Attempt): Promise<boolean>
}

/** How closely an output is looked at. */
export interface AuditContext {
  /** Compares sizes, and reads no bytes. */
  readonly quick: boolean
  readonly signal: AbortSignal
}

/** What is wrong with an output that a commit has promised. */
export interface OutputFault {
  readonly code: 'output-missing' | 'output-damaged' | 'output-foreign'
  /** What is wrong and what to do, the place last. */
  readonly message: string
  /** Whether publishing the batch again makes it right. */
  readonly mendable: boolean
}

/** One output of one batch: the job that computes it, and what its sink needs to stage it. */
export interface OutputJob {
  readonly output: string
  readonly attempt: Attempt
  readonly partitions: number
  /** Runs the job: `task` consumes each partition's elements in chunks; results come in the order of the partitions. */
  run<R>(task: (partition: number, chunks: AsyncIterable<readonly unknown[]>) => Promise<R>): Promise<R[]>
  /** The first elements in order, without computing more partitions than it takes. */
  take(count: number): Promise<unknown[]>
  readonly staging: Staging
  /** What `existing` says of this batch, where it was asked ahead. */
  readonly existing?: Promise<readonly ObjectInfo[]> | undefined
  /** Whether this is a replay: its bytes are compared with what was published, and never published themselves. */
  readonly replay: boolean
  readonly signal: AbortSignal
}

/** Where an attempt puts what must not be seen yet. */
export interface Staging {
  readonly store: ObjectStore
  /** The name of a staged object of this attempt, unique to it (P3). */
  key(output: string, file: string): string
  /** Bytes that one output may leave in the manifest instead of objects. */
  readonly inlineBytes: number
}

/** For which attempt an output is published, and where its staged objects are. */
export interface PublishContext {
  readonly attempt: Attempt
  readonly store: ObjectStore
  readonly signal: AbortSignal
}

/** Opens the sink of one kind. */
export type SinkOpener = (descriptor: SinkDescriptor, output: string) => Sink
