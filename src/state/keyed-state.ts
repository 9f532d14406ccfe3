/**
 * One operator's state of one partition, during one batch's run. Keys compare by value (`util/key.ts`); values may be
 * any data value. Iteration order: first-seen order of keys, which a restore keeps.
 */
export interface StateTable<K, V> {
  get(key: K): V | undefined
  has(key: K): boolean
  /** Also reports a change when `value` is the object that is stored already, mutated in place. */
  set(key: K, value: V): void
  /** Whether the key was there. */
  delete(key: K): boolean
  readonly size: number
  /** A live view: deleting the entry just handed out is allowed, as with a `Map`. */
  entries(): IterableIterator<readonly [K, V]>
}

/** The state that one batch's run reads and changes. What to write of it is decided by value, by the store behind it. */
export interface KeyedState {
  /**
   * The table of one operator's partition, restored on first use; later calls of the same run return the same table.
   * `partitions` is fixed per operator: rejects if the stored state has another count.
   */
  table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>>
}
