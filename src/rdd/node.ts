import type { Awaitable } from '../util/awaitable.ts'
import type { Partitioner } from './partitioner.ts'
import type { ShuffleBlock } from './shuffle-store.ts'

/** Receives records one by one; a chain of these is what fused operators are. */
export type Emit<T> = (record: T) => void

/**
 * A dataset's recipe: where its partitions come from. One per operator application, immutable, without data.
 * The façade `RDD` wraps one; whoever adds an operator writes a function that makes one.
 */
export interface Node<T> {
  readonly partitions: number
  /** Set where keys are known to be where this partitioner puts them. */
  readonly partitioner?: Partitioner | undefined
  readonly dependencies: readonly Dependency[]
  /**
   * Calls `emit` for each record of a partition, in order. Whatever loops over records awaits `task.pause()` after each
   * chunk; operators that see one record at a time hand a composed function to their parent and loop over nothing. What needs
   * not wait for anything is done when this returns, and throws what else it would reject with.
   */
  compute(partition: number, task: Task, emit: Emit<T>): Awaitable<void>
  /** Whether other jobs get the very objects that it emits. */
  readonly sharesObjects?: boolean
  /** How many records a partition has, where that is known without making them. */
  readonly size?: ((partition: number) => Promise<number>) | undefined
}

/** One task's surroundings. */
export interface Task {
  readonly signal: AbortSignal
  /** What one map task of a shuffle below this node wrote for one reducer. */
  readShuffle(shuffle: ShuffleDependency, mapPartition: number, reducer: number): Awaitable<ShuffleBlock>
  /** See `Pacer`; also where a slow consumer holds back a producer. */
  pause(): Promise<void> | undefined
}

export type Dependency = NarrowDependency | ShuffleDependency

/** A partition needs only some partitions of the parent, computed in the same task. */
export interface NarrowDependency {
  readonly kind: 'narrow'
  readonly parent: Node<unknown>
}

/** Every partition needs all of the parent: a stage ends here. */
export interface ShuffleDependency {
  readonly kind: 'shuffle'
  readonly parent: Node<unknown>
  readonly reducers: number
  /** Learns what the map tasks must know of the whole parent: the bounds of ranges. Runs before them, once. */
  readonly prepare?: ((run: RunTasks) => Promise<void>) | undefined
  /** Receives one map task's records; `blocks` is called at its end. */
  writer(mapPartition: number): ShuffleWriter
}

export interface ShuffleWriter {
  readonly emit: Emit<unknown>
  blocks(): readonly ShuffleBlock[]
}

/** Runs one task per partition of a node; results come in the order of the partitions. */
export type RunTasks = <T, R>(node: Node<T>, task: (partition: number, task: Task) => Awaitable<R>) => Promise<R[]>

/** How many records are handled at most between two looks at the event loop, and travel in one array. */
export const CHUNK_RECORDS = 4096

export function narrow(parent: Node<unknown>): NarrowDependency {
  return { kind: 'narrow', parent }
}

/**
 * A node whose partitions are the parent's, one for one: `attach` gives the function that takes the parent's records.
 * This is how record-at-a-time operators are made, and why a chain of them is one loop.
 */
export function pipedNode<T, U>(
  parent: Node<T>,
  attach: (next: Emit<U>, partition: number) => Emit<T>,
  options: { readonly keepsPartitioner: boolean } = { keepsPartitioner: false },
): Node<U> {
  return {
    partitions: parent.partitions,
    partitioner: options.keepsPartitioner ? parent.partitioner : undefined,
    dependencies: [narrow(parent)],
    compute: (partition, task, emit) => parent.compute(partition, task, attach(emit, partition)),
  }
}
