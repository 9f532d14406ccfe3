import type { CallSite } from '../../rdd/call-site.ts'
import { OperatorFailure } from '../../rdd/failure.ts'
import { ownElement } from '../../rdd/own-element.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { iterable, returned } from '../../rdd/returned.ts'
import type { SparkContext } from '../../rdd/spark-context.ts'
import type { Slot, StateTable } from '../../state/keyed-state.ts'
import type { StateInput } from './state-input.ts'
import { ValueGroups } from './value-groups.ts'

/** All keys of a partition with their values in this batch and their state so far. */
export type KeyedUpdates<K, V, S> = IterableIterator<[key: K, values: V[], state: S | undefined]>

/** The whole new state of a partition: keys that are not in it are removed. */
export type IteratorUpdateFunction<K, V, S> = (updates: KeyedUpdates<K, V, S>) => Iterable<readonly [K, S]>

export interface IteratorUpdate<K, V, S> {
  readonly sparkContext: SparkContext
  readonly input: StateInput<K, V>
  readonly open: (partition: number) => Promise<StateTable<K, S>>
  readonly partitioner: Partitioner
  readonly site: CallSite
  readonly f: IteratorUpdateFunction<K, V, S>
}

/**
 * Replaces each partition's state by what the function makes of it. A function that changed keys gets its results put where
 * these keys belong; of several for one key the first counts.
 */
export async function updateByIterator<K, V, S>(work: IteratorUpdate<K, V, S>): Promise<void> {
  const moved = await work.sparkContext.run({
    node: work.input.node,
    task: async (partition, task) => {
      const columns = await work.input.columns(partition, task)
      const table = await work.open(partition)
      await table.prefetch(columns.keys)
      const results = callFunction(table, new ValueGroups(table, columns), work)
      return replaceState(table, results, (key) => work.partitioner.partition(key) === partition)
    },
  })
  for (const [key, state] of moved.flat()) {
    const table = await work.open(work.partitioner.partition(key))
    if (!table.has(key)) table.append(key, state)
  }
}

function callFunction<K, V, S>(
  table: StateTable<K, S>,
  groups: ValueGroups<K, V>,
  { f, site }: IteratorUpdate<K, V, S>,
): (readonly [K, S])[] {
  try {
    // Each as it is when it comes: a generator may give one object for several keys.
    return Array.from(iterable(returned(f(updatesOf(table, groups)))), ownElement)
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
}

function* updatesOf<K, V, S>(table: StateTable<K, S>, groups: ValueGroups<K, V>): KeyedUpdates<K, V, S> {
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.isAlive(slot)) yield [table.keyAt(slot), groups.at(slot) ?? [], table.valueAt(slot)]
  }
  for (const [key, values] of groups.fresh()) yield [key, values, undefined]
}

/** Returns the results that belong to other partitions. */
function replaceState<K, S>(
  table: StateTable<K, S>,
  results: readonly (readonly [K, S])[],
  belongs: (key: K) => boolean,
): (readonly [K, S])[] {
  const end = table.slots
  const kept = new Set<Slot>()
  const moved: (readonly [K, S])[] = []
  for (const result of results) {
    const [key, state] = result
    const slot = table.find(key)
    if (slot >= 0 && kept.has(slot)) continue
    if (slot >= 0) table.setAt(slot, state)
    else if (!belongs(key)) moved.push(result)
    if (slot >= 0 || belongs(key)) kept.add(slot >= 0 ? slot : table.append(key, state))
  }
  for (let slot = 0; slot < end; slot++) if (table.isAlive(slot) && !kept.has(slot)) table.deleteAt(slot)
  return moved
}
