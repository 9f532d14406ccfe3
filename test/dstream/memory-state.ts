import type { KeyedState, StateTable } from '../../src/state/keyed-state.ts'
import { mapKey } from '../../src/util/key.ts'

/** State in memory, for one run after the other; `restarted` is what a new process would find. */
export class MemoryState implements KeyedState {
  readonly #tables = new Map<string, MemoryTable<unknown, unknown>>()

  async table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    const id = `${operator} ${partition}/${partitions}`
    const table = this.#tables.get(id) ?? new MemoryTable()
    this.#tables.set(id, table)
    return table as unknown as StateTable<K, V>
  }

  restarted(): MemoryState {
    const copy = new MemoryState()
    for (const [id, table] of this.#tables) copy.#tables.set(id, table.copy())
    return copy
  }

  /** Every entry of every table whose id begins with `operator`. */
  entries(operator: string): (readonly [unknown, unknown])[] {
    return [...this.#tables].filter(([id]) => id.startsWith(operator)).flatMap(([, table]) => [...table.entries()])
  }

  get operators(): string[] {
    return [...new Set([...this.#tables.keys()].map((id) => id.split(' ')[0] ?? ''))]
  }
}

class MemoryTable<K, V> implements StateTable<K, V> {
  #rows = new Map<unknown, [K, V]>()

  get(key: K): V | undefined {
    return this.#rows.get(mapKey(key))?.[1]
  }
  has(key: K): boolean {
    return this.#rows.has(mapKey(key))
  }
  set(key: K, value: V): void {
    this.#rows.set(mapKey(key), [key, value])
  }
  delete(key: K): boolean {
    return this.#rows.delete(mapKey(key))
  }
  get size(): number {
    return this.#rows.size
  }
  entries(): IterableIterator<readonly [K, V]> {
    return this.#rows.values()
  }
  copy(): MemoryTable<K, V> {
    const copy = new MemoryTable<K, V>()
    copy.#rows = structuredClone(this.#rows)
    return copy
  }
}
