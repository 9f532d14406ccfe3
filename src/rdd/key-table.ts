import { type MapKey, mapKey } from '../util/key.ts'

/** A key and what is known of it. Changed in place: one look-up per record, whether the key is new or not. */
export interface Cell<K, V> {
  readonly key: K
  value: V
}

/** A map whose keys are compared by value, in first-seen order. */
export class KeyTable<K, V> {
  readonly #cells = new Map<MapKey, Cell<K, V>>()

  /** The cell of a key, if there is one. */
  find(key: K): Cell<K, V> | undefined {
    return this.#cells.get(mapKey(key))
  }

  /** Adds a key that is not there. */
  add(key: K, value: V): void {
    this.#cells.set(mapKey(key), { key, value })
  }

  get size(): number {
    return this.#cells.size
  }

  cells(): IterableIterator<Cell<K, V>> {
    return this.#cells.values()
  }
}
