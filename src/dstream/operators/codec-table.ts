import type { Slot, StateTable } from '../../state/keyed-state.ts'
import type { OperatorCodec } from './operator-codec.ts'

/** The table as operators see it, whose entries are stored as the codec encodes them. */
export function withCodec<K, S>(table: StateTable<K, unknown>, codec: OperatorCodec<S> | undefined): StateTable<K, S> {
  return codec ? new CodecTable(table, codec) : (table as StateTable<K, S>)
}

class CodecTable<K, S> implements StateTable<K, S> {
  readonly #table: StateTable<K, unknown>
  readonly #codec: OperatorCodec<S>

  constructor(table: StateTable<K, unknown>, codec: OperatorCodec<S>) {
    this.#table = table
    this.#codec = codec
  }

  get memo(): unknown {
    return this.#table.memo
  }

  set memo(memo: unknown) {
    this.#table.memo = memo
  }

  get size(): number {
    return this.#table.size
  }

  get slots(): number {
    return this.#table.slots
  }

  get(key: K): S | undefined {
    const slot = this.find(key)
    return slot < 0 ? undefined : this.valueAt(slot)
  }

  has(key: K): boolean {
    return this.#table.has(key)
  }

  set(key: K, value: S): void {
    this.#table.set(
      key,
      this.#codec.encode(value, () => key),
    )
  }

  delete(key: K): boolean {
    return this.#table.delete(key)
  }

  *entries(): IterableIterator<readonly [K, S]> {
    for (const [key, data] of this.#table.entries()) {
      yield [key, this.#codec.decode(data, () => key)]
    }
  }

  prefetch(keys: readonly K[]): Promise<void> | undefined {
    return this.#table.prefetch(keys)
  }

  prefetchExpired(time: number): Promise<void> | undefined {
    return this.#table.prefetchExpired(time)
  }

  find(key: K): Slot {
    return this.#table.find(key)
  }

  findAll(keys: readonly K[], from: number, until: number): Int32Array {
    return this.#table.findAll(keys, from, until)
  }

  readAhead(slots: Int32Array): void {
    this.#table.readAhead(slots)
  }

  isAlive(slot: Slot): boolean {
    return this.#table.isAlive(slot)
  }

  keyAt(slot: Slot): K {
    return this.#table.keyAt(slot)
  }

  valueAt(slot: Slot): S {
    // State is what was encoded: of what this batch has set, too, the codec gets a copy.
    return this.copyAt(slot)
  }

  copyAt(slot: Slot): S {
    return this.#decode(this.#table.copyAt(slot), slot)
  }

  timeAt(slot: Slot): number | undefined {
    return this.#table.timeAt(slot)
  }

  setAt(slot: Slot, value: S, time?: number): void {
    this.#table.setAt(slot, this.#encode(value, slot), time)
  }

  update(from: Slot, until: Slot, next: (slot: Slot, value: S) => S | undefined): void {
    this.#table.update(from, until, (slot, data) => {
      const value = next(slot, this.#decode(data, slot))
      return value === undefined ? undefined : this.#encode(value, slot)
    })
  }

  touchAt(slot: Slot, time: number): void {
    this.#table.touchAt(slot, time)
  }

  settle(slots: readonly Slot[]): void {
    this.#table.settle(slots)
  }

  append(key: K, value: S, time?: number): Slot {
    return this.#table.append(
      key,
      this.#codec.encode(value, () => key),
      time,
    )
  }

  deleteAt(slot: Slot): void {
    this.#table.deleteAt(slot)
  }

  takeExpired(time: number): readonly Slot[] {
    return this.#table.takeExpired(time)
  }

  #encode(value: S, slot: Slot): unknown {
    return this.#codec.encode(value, () => this.keyAt(slot))
  }

  #decode(data: unknown, slot: Slot): S {
    return this.#codec.decode(data, () => this.keyAt(slot))
  }
}
