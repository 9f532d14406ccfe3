import type { KeyedState, StateTable, TableToWalk } from '../../src/state/keyed-state.ts'
import { Rows } from '../../src/state/rows.ts'
import { Table } from '../../src/state/table.ts'
import { encodeSnapshot, openSnapshot } from '../state/whole-snapshot.ts'

/** State in memory, for one run after the other; `restarted` is what a new process would find. */
export class MemoryState implements KeyedState {
  readonly #tables = new Map<string, Table<unknown, unknown>>()

  async table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    const id = `${operator} ${partition}/${partitions}`
    const table = this.#tables.get(id) ?? new Table({ operator, partition, partitions }, new Rows())
    this.#tables.set(id, table)
    return table as StateTable<unknown, unknown> as StateTable<K, V>
  }

  tableOfKeys<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    return this.table(operator, partition, partitions)
  }

  async tableToWalk<K, V>(operator: string, partition: number, partitions: number): Promise<TableToWalk<K, V>> {
    return { kind: 'held', table: await this.table(operator, partition, partitions) }
  }

  /** Ends a batch: what is handed out from now on is of the next one. */
  commit(batchTime: number): void {
    for (const [id, table] of this.#tables) {
      table.seal(batchTime)
      this.#tables.set(id, new Table(table.id, table.release()))
    }
  }

  /** Between two batches. */
  async restarted(): Promise<MemoryState> {
    const copy = new MemoryState()
    for (const [id, table] of this.#tables) {
      const rows = table.release()
      const stored = await openSnapshot(encodeSnapshot({ ...table.id, batchTime: 0 }, rows), id)
      copy.#tables.set(id, new Table(table.id, await stored.rows()))
    }
    this.#tables.clear()
    return copy
  }

  /** Every entry of every table whose id begins with `operator`. */
  entries(operator: string): (readonly [unknown, unknown])[] {
    return [...this.#tables].filter(([id]) => id.startsWith(operator)).flatMap(([, table]) => [...table.entries()])
  }

  get operators(): string[] {
    return [...new Set([...this.#tables.values()].map(({ id }) => id.operator))]
  }
}
