/**
 * A place of a table that an entry has for as long as it lives, and no other entry in the same run. Operators that touch many
 * entries look a key up once and then go by its slot.
 */
export type Slot = number

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

  /**
   * Whatever an operator makes of the entries and wants to carry on with. It stays with the table as long as that is kept warm,
   * and is `undefined` after a restore: so it must be what could be made anew from the entries.
   */
  memo: unknown

  /**
   * To be awaited before entries of these keys are looked up, and before anything is changed: a table asked for by
   * `tableOfKeys` need not hold all entries in memory.
   */
  prefetch(keys: readonly K[]): Promise<void> | undefined
  /** As `prefetch`, for the entries that `takeExpired(time)` is to find. */
  prefetchExpired(time: number): Promise<void> | undefined
  /** The slot of a key that is there, else -1. */
  find(key: K): Slot
  /** As `find`, of the keys from `from` to before `until`; faster than one after the other. */
  findAll(keys: readonly K[], from: number, until: number): Int32Array
  /** To be called before many entries are read and changed one after the other: their memory is waited for at once. Slots below 0 are none. */
  readAhead(slots: Int32Array): void
  /** Entries have slots from 0 to before this, in iteration order; some of these slots may have none. */
  readonly slots: number
  isAlive(slot: Slot): boolean
  keyAt(slot: Slot): K
  /** As `get`. */
  valueAt(slot: Slot): V
  /** As `entries` hands it out: a copy whatever happened to it in this run. */
  copyAt(slot: Slot): V
  /** When the entry was last changed by a call that said so, in milliseconds. */
  timeAt(slot: Slot): number | undefined
  /** As `set`; `time` is that of the run's batch. Without it the entry keeps the time that it has. */
  setAt(slot: Slot, value: V, time?: number): void
  /**
   * Calls `next` for each entry with a slot from `from` to before `until`, and sets what it returns; `undefined` deletes the
   * entry. An object that comes back with another value than it is stored with is a change.
   */
  update(from: Slot, until: Slot, next: (slot: Slot, value: V) => V | undefined): void
  /** Only the time. */
  touchAt(slot: Slot, time: number): void
  /** Objects that were set in these slots count as they are now: what is done to them from here on is not state. */
  settle(slots: readonly Slot[]): void
  /** Adds a key that is not there. */
  append(key: K, value: V, time?: number): Slot
  /** As `delete`, of an entry that is there. */
  deleteAt(slot: Slot): void
  /**
   * The entries last changed before `time`, in iteration order; what it costs depends on how many have changed and expired
   * since the last call, not on how many there are. The caller deletes them: they are not given again.
   */
  takeExpired(time: number): readonly Slot[]
}

/** Called now and then by whoever walks over many entries: a promise to wait for, or `undefined`. */
export type Pause = () => Promise<void> | undefined

/** A table too large for memory: entries are there while somebody walks over all of them, in iteration order. */
export interface WalkedTable<K, V> {
  /**
   * Calls `next` for each entry, and sets what it returns; `undefined` deletes the entry. An object that comes back with another
   * value than it is stored with is a change. Once a run, before anything else; what comes back is written at once.
   */
  update(next: (key: K, value: V) => V | undefined, pause: Pause): Promise<void>
  /** Adds a key that is not there, after `update`. */
  append(key: K, value: V): void
  /** Hands out each entry as it is after the run's changes; objects are copies. Nothing is changed any more from here on. */
  visit(emit: (key: K, value: V) => void, pause: Pause): Promise<void>
  /** After `update`. */
  readonly size: number
}

/** A table for an operator that walks over all entries in each batch. */
export type TableToWalk<K, V> =
  | { readonly kind: 'held'; readonly table: StateTable<K, V> }
  | { readonly kind: 'streamed'; readonly table: WalkedTable<K, V> }

/** The state that one batch's run reads and changes. What to write of it is decided by value, by the store behind it. */
export interface KeyedState {
  /**
   * The table of one operator's partition, restored on first use; later calls of the same run return the same table.
   * `partitions` is fixed per operator: rejects if the stored state has another count.
   */
  table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>>
  /**
   * As `table`, for an operator that looks at the entries of some keys only: it may ask for nothing that takes all entries
   * (`size`, `entries`, `slots`, `update`), and must `prefetch`.
   */
  tableOfKeys<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>>
  /** As `table`, for an operator that visits all entries once a batch: a large one is streamed. */
  tableToWalk<K, V>(operator: string, partition: number, partitions: number): Promise<TableToWalk<K, V>>
}
