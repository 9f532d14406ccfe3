import { KeyTable } from '../../rdd/key-table.ts'
import type { Columns } from '../../rdd/keyed-input.ts'
import type { Slot, StateTable } from '../../state/keyed-state.ts'

/**
 * A batch's values by key: those of keys with state by the slot of the state, so that a walk over all state finds them without
 * looking a key up. Values of a key are chained by their places; the array of them is made when it is asked for.
 */
export class ValueGroups<K, V> {
  readonly #values: readonly V[]
  /** By slot: the place of the first value plus one, 0 for none. */
  readonly #firstOf: Int32Array
  /** By place: that of the key's next value plus one. */
  readonly #next: Int32Array
  readonly #fresh = new KeyTable<K, V[]>()

  constructor(table: StateTable<K, unknown>, { keys, values }: Columns<K, V>) {
    this.#values = values
    this.#firstOf = new Int32Array(table.slots)
    this.#next = new Int32Array(keys.length)
    const slots = table.findAll(keys, 0, keys.length)
    let fresh = 0
    // From the last to the first, so that chains begin with the first.
    for (let i = keys.length - 1; i >= 0; i--) {
      const slot = slots[i] as Slot
      if (slot < 0) {
        this.#next[i] = -1
        fresh++
      } else {
        this.#next[i] = this.#firstOf[slot] as number
        this.#firstOf[slot] = i + 1
      }
    }
    if (fresh > 0)
      for (let i = 0; i < keys.length; i++) if (this.#next[i] === -1) this.#add(keys[i] as K, values[i] as V)
  }

  /** The values of the key whose state is there, `undefined` for none. */
  at(slot: Slot): V[] | undefined {
    const first = this.#firstOf[slot] as number
    if (first === 0) return undefined
    const group = [this.#values[first - 1] as V]
    for (let at = this.#next[first - 1] as number; at > 0; at = this.#next[at - 1] as number) {
      group.push(this.#values[at - 1] as V)
    }
    return group
  }

  /** Keys without state and their values, as they were first seen. */
  fresh(): IterableIterator<[K, V[]]> {
    return this.#fresh.entries()
  }

  #add(key: K, value: V): void {
    const known = this.#fresh.get(key)
    if (known) known.push(value)
    else this.#fresh.add(key, [value])
  }
}
