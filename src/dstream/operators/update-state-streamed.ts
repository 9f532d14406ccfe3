import { KeyTable } from '../../rdd/key-table.ts'
import type { Columns } from '../../rdd/keyed-input.ts'
import type { Task } from '../../rdd/node.ts'
import type { WalkedTable } from '../../state/keyed-state.ts'

export interface StreamedUpdate<K, V> {
  readonly task: Task
  /** The new state of a key, stored as its state so far; `undefined`: none. */
  call(key: K, values: V[], stored: unknown): unknown
}

/** Updates every key of a table that is not in memory: those with state in their order, then those that are new, as they came. */
export async function updateStreamed<K, V>(
  table: WalkedTable<K, unknown>,
  columns: Columns<K, V>,
  { task, call }: StreamedUpdate<K, V>,
): Promise<void> {
  const groups = new GroupsByKey(columns)
  let none: V[] = []
  const next = (key: K, stored: unknown): unknown => {
    // One empty array serves all keys without values until a function fills it; what comes back is written at once.
    if (none.length > 0) none = []
    return call(key, groups.take(key) ?? none, stored)
  }
  await table.update(next, () => task.pause())
  for (const [key, values] of groups.left()) {
    const state = call(key, values, undefined)
    if (state !== undefined) table.append(key, state)
  }
}

interface Group<V> {
  readonly values: V[]
  taken: boolean
}

/** A batch's values by key. */
class GroupsByKey<K, V> {
  readonly #groups = new KeyTable<K, Group<V>>()

  constructor({ keys, values }: Columns<K, V>) {
    for (let i = 0; i < keys.length; i++) {
      const group = this.#groups.get(keys[i] as K)
      if (group) group.values.push(values[i] as V)
      else this.#groups.add(keys[i] as K, { values: [values[i] as V], taken: false })
    }
  }

  take(key: K): V[] | undefined {
    const group = this.#groups.size === 0 ? undefined : this.#groups.get(key)
    if (group) group.taken = true
    return group?.values
  }

  /** What nobody has taken, as the keys were first seen. */
  *left(): Generator<readonly [K, V[]], void> {
    for (const [key, { values, taken }] of this.#groups.entries()) if (!taken) yield [key, values]
  }
}
