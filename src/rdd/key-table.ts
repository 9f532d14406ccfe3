import { type MapKey, mapKey } from '../util/key.ts'
import { ABSENT, ShortStrings, TOO_WIDE } from './short-strings.ts'

/** A key and what is known of it. Changed in place: one look-up per record, whether the key is new or not. */
export interface Cell<K, V> {
  readonly key: K
  value: V
}

/** A map whose keys are compared by value, in first-seen order. */
export class KeyTable<K, V> {
  readonly #cells: Cell<K, V>[] = []
  /** Where the cells of short strings are; nowhere before the first, and where somebody chose keys that collide. */
  #short: ShortStrings | undefined
  #crowded = false
  /** The cells of all other keys. */
  readonly #others = new Map<MapKey, Cell<K, V>>()

  /** The cell of a key, if there is one. */
  find(key: K): Cell<K, V> | undefined {
    if (typeof key === 'string' && this.#short) {
      const at = this.#short.find(key)
      if (at >= 0) return this.#cells[at]
      if (at === ABSENT) return undefined
    }
    return this.#others.get(mapKey(key))
  }

  /** Adds a key that is not there. */
  add(key: K, value: V): void {
    const cell = { key, value }
    if (!(typeof key === 'string' && this.#addShort(key))) this.#others.set(mapKey(key), cell)
    this.#cells.push(cell)
  }

  get size(): number {
    return this.#cells.length
  }

  cells(): IterableIterator<Cell<K, V>> {
    return this.#cells.values()
  }

  #addShort(key: string): boolean {
    if (this.#crowded) return false
    this.#short ??= new ShortStrings()
    if (this.#short.find(key) === TOO_WIDE) return false
    if (this.#short.add(key, this.#cells.length)) return true
    this.#crowded = true
    this.#short = undefined
    for (const cell of this.#cells) this.#others.set(mapKey(cell.key), cell)
    return false
  }
}
