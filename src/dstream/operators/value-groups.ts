import { type Cell, KeyTable } from '../../rdd/key-table.ts'
import type { Slot, StateTable } from '../../state/keyed-state.ts'
import type { Columns } from './state-input.ts'

/**
 * A batch's values by key: those of keys with state by the slot of the state, so that a walk over all state finds them without
 * looking a key up.
 */
export class ValueGroups<K, V> {
  /** By slot: a place in `#lists` plus one, 0 for none. */
  readonly #placeOf: Int32Array
  readonly #lists: V[][] = []
  readonly #fresh = new KeyTable<K, V[]>()

  constructor(table: StateTable<K, unknown>, { keys, values }: Columns<K, V>) {
    this.#placeOf = new Int32Array(table.slots)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as K
      const slot = table.find(key)
      if (slot < 0) this.#addFresh(key, values[i] as V)
      else this.#add(slot, values[i] as V)
    }
  }

  /** The values of the key whose state is there, `undefined` for none. */
  at(slot: Slot): V[] | undefined {
    return this.#lists[(this.#placeOf[slot] as number) - 1]
  }

  /** Keys without state and their values, as they were first seen. */
  fresh(): IterableIterator<Cell<K, V[]>> {
    return this.#fresh.cells()
  }

  #add(slot: Slot, value: V): void {
    const place = this.#placeOf[slot] as number
    if (place > 0) this.#lists[place - 1]?.push(value)
    else this.#placeOf[slot] = this.#lists.push([value])
  }

  #addFresh(key: K, value: V): void {
    const cell = this.#fresh.find(key)
    if (cell) cell.value.push(value)
    else this.#fresh.add(key, [value])
  }
}
