import { assert } from '../util/assert.ts'
import type { Awaitable } from '../util/awaitable.ts'

/** Part of a map task's output that one reducer reads: columns, so that a pair costs no object. */
export interface ShuffleBlock {
  /** Absent where records move without keys. */
  readonly keys?: readonly unknown[]
  readonly values: readonly unknown[]
}

/** Names a shuffle within its context, the same in every process that builds the same lineage. */
export type ShuffleId = number

/**
 * Carries data from map tasks to reducers, which may run elsewhere. Written once per map task; read once per reducer and map task
 * by each job that needs it. What is read is not changed.
 */
export interface ShuffleStore {
  /** Keeps one block per reducer. Writing again (a task that is run again) replaces. */
  write(shuffle: ShuffleId, mapPartition: number, blocks: readonly ShuffleBlock[]): Awaitable<void>
  /** What `mapPartition` wrote for `reducer`; fails if that task has not run. */
  read(shuffle: ShuffleId, mapPartition: number, reducer: number): Awaitable<ShuffleBlock>
}

/** Keeps everything in this process for as long as the context lives: one batch. */
export class MemoryShuffleStore implements ShuffleStore {
  readonly #outputs = new Map<string, readonly ShuffleBlock[]>()

  write(shuffle: ShuffleId, mapPartition: number, blocks: readonly ShuffleBlock[]): void {
    this.#outputs.set(`${shuffle}/${mapPartition}`, blocks)
  }

  read(shuffle: ShuffleId, mapPartition: number, reducer: number): ShuffleBlock {
    const block = this.#outputs.get(`${shuffle}/${mapPartition}`)?.[reducer]
    assert(block, `shuffle ${shuffle} has no output of map task ${mapPartition} for reducer ${reducer}`)
    return block
  }
}
