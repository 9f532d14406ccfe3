import { type MapKey, mapKey } from '../util/key.ts'
import { ABSENT, PackedKeys, TOO_WIDE } from './packed-keys.ts'

/**
 * A map whose keys are compared by value, in first-seen order. Each key has a place, the same in both columns: whoever changes
 * values finds a key once and works in the column.
 */
export class KeyTable<K, V> {
  readonly keys: K[] = []
  readonly values: V[] = []
  /** Where numbers and short strings are; nowhere before the first, and where somebody chose keys that collide. */
  #packed: PackedKeys | undefined
  #crowded = false
  /** Where all other keys are. */
  #others: Map<MapKey, number> | undefined

  get size(): number {
    return this.keys.length
  }

  /** The place of a key, -1 if it is not there. */
  find(key: K): number {
    if (this.#packed && (typeof key === 'string' || typeof key === 'number')) {
      const place = this.#packed.find(key)
      if (place !== TOO_WIDE) return place
    }
    return this.#others?.get(mapKey(key)) ?? ABSENT
  }

  /** The value of a key, `undefined` if it is not there. */
  get(key: K): V | undefined {
    const place = this.find(key)
    return place < 0 ? undefined : this.values[place]
  }

  /** Adds a key that is not there. */
  add(key: K, value: V): void {
    if (!this.#pack(key)) this.#place(key, this.keys.length)
    this.keys.push(key)
    this.values.push(value)
  }

  set(key: K, value: V): void {
    const place = this.find(key)
    if (place === ABSENT) this.add(key, value)
    else this.values[place] = value
  }

  *entries(): IterableIterator<[K, V]> {
    for (let place = 0; place < this.keys.length; place++) yield [this.keys[place] as K, this.values[place] as V]
  }

  /** Whether the next key is found among the packed ones from now on. */
  #pack(key: K): boolean {
    if (this.#crowded || !(typeof key === 'string' || typeof key === 'number')) return false
    this.#packed ??= new PackedKeys()
    if (this.#packed.find(key) === TOO_WIDE) return false
    if (this.#packed.add(key, this.keys.length)) return true
    this.#crowded = true
    this.#packed = undefined
    for (const [place, earlier] of this.keys.entries()) this.#place(earlier, place)
    return false
  }

  #place(key: K, place: number): void {
    this.#others ??= new Map()
    this.#others.set(mapKey(key), place)
  }
}
