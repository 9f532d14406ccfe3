import type { SourceDescriptor } from '../ports/source.ts'
import type { CallSite } from '../rdd/call-site.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { SparkContext } from '../rdd/spark-context.ts'
import type { StateTable, TableToWalk } from '../state/keyed-state.ts'
import type { StateShape } from '../state/state-shape.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { Duration, Time } from '../util/time.ts'

/**
 * One operator application in the graph: what it is made of and how a batch's dataset comes about. Immutable, the same
 * for all batches. Whoever adds an operator writes a function that makes one, and a method of the façade that calls it.
 */
export interface StreamNode<T> {
  /** The operator: `map`. Part of the stable id. */
  readonly kind: string
  readonly site: CallSite
  readonly parents: readonly StreamNode<unknown>[]
  /** A dataset is due at the zero time plus each multiple of this. */
  readonly slideDuration: Duration
  /** Present where the operator keeps state between batches. */
  readonly state?: StateKeeper
  /** Present where the stream comes from outside. */
  readonly source?: SourceDescriptor
  /** The stream that is persisted instead of this one, whose data is the other's. */
  readonly persistedAs?: StreamNode<unknown>
  /** Whether `checkpoint(interval)` makes sense; refused where the data is kept by another stream. */
  readonly checkpointable?: boolean
  /** Whether its datasets are their parents' records taken one by one: what throws at one of them throws at no other. */
  readonly recordwise?: boolean
  /** Whether its datasets begin with a shuffle, so that its parents are read once a batch, however many read the stream. */
  readonly gathers?: boolean
  /** The stream that a uid names instead of this one: where an operator is made of several, the one with the state. */
  readonly named?: StreamNode<unknown>
  /** What else changes the meaning of stored state; part of the graph's fingerprint. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  /** The dataset of the run's batch, `undefined` for none. Called at most once a batch, at valid times only. */
  compute(run: BatchRun): Awaitable<RDD<T> | undefined>
}

/** How an operator's state moves on. Its input is gone once the batch is committed, so no batch may be left out. */
export interface StateKeeper {
  /** Moves on at the zero time plus each multiple of this: the parent's slide, whatever the operator's own is. */
  readonly every: Duration
  /** Of what is stored, too: state moves when it is another number than before. */
  readonly partitions: number
  /** Whether Spark refuses to start such a stream without a checkpoint directory, as a StreamingContext does here. */
  readonly mustCheckpoint?: boolean
  /** Tells whether stored state is what the operator takes it for, and makes it so where that can be done. */
  readonly form: StateForm
  /** Called exactly once in each such batch, before or without `compute`. */
  advance(run: BatchRun): Promise<void>
}

/** What stored state is to an operator, beside its partitions. */
export interface StateForm {
  /** Where entries belong. */
  readonly shape: StateShape
  /** Whether keys are where their hash puts them; with any other partitioner, nobody can tell one from another. */
  readonly hashed: boolean
  /** Present where parts of windows are kept. */
  readonly panes?: PaneForm
  /** Of values of the main table; 1 by default. */
  readonly version?: number | undefined
  /** Present where a codec encodes these values. */
  readonly codec?: { readonly name?: string } | undefined
  /** Makes a stored value from one of an earlier version; `undefined`: the key goes. */
  readonly migrate?: ((key: unknown, stored: unknown, fromVersion: number) => unknown) | undefined
}

/** Which panes are kept, in milliseconds. */
export interface PaneForm {
  readonly windowMs: number
  readonly slideMs: number
  readonly stepMs: number
  /** After any batch, the panes of so long before it are there, all of them. */
  readonly keptMs: number
  /** A result is carried from firing to firing. */
  readonly carried?: true
}

/** One batch as operators see it. */
export interface BatchRun {
  readonly batchTime: Time
  readonly zeroTime: Time
  readonly sparkContext: SparkContext
  /** The time of day according to the plan: the same in every attempt and replay. */
  readonly clockMs: number
  /** For random choices that every attempt and replay repeats. */
  readonly seed: number
  /** The batch was skipped: it is empty, and what would end in it ends in a later one, as nobody sees what it puts out. */
  readonly givenUp: boolean
  readonly signal: AbortSignal
  /** The dataset of another stream for this batch, computed once whoever asks; `undefined` for none. */
  of<T>(node: StreamNode<T>): Awaitable<RDD<T> | undefined>
  /** Resolves when the node's state has moved on to this batch. */
  advanced(node: StreamNode<unknown>): Promise<void>
  /** A table of a node's state. `name` tells several of one node apart. */
  table<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<StateTable<K, V>>
  /** As `table`, of which only some keys are wanted (`KeyedState.tableOfKeys`). */
  tableOfKeys<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<StateTable<K, V>>
  /** As `table`, for an operator that visits all entries (`KeyedState.tableToWalk`). */
  tableToWalk<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<TableToWalk<K, V>>
  /** A single value of a node's state that belongs to no partition. */
  single<V>(node: StreamNode<unknown>, name: string): Promise<StateTable<string, V>>
  /** How often the user wants a stream's data checkpointed; `undefined`: the operator's default. */
  checkpointInterval(node: StreamNode<unknown>): Duration | undefined
  /** What the source of an input stream reads in this batch. */
  input(node: StreamNode<unknown>): RDD<unknown> | undefined
}

/** Whether a stream with this slide has a dataset at `time`: after the zero time, and on its grid. */
export function isTimeValid(time: Time, zeroTime: Time, slide: Duration): boolean {
  return time.greater(zeroTime) && time.minus(zeroTime).isMultipleOf(slide)
}
