import { KeyTable } from '../../rdd/key-table.ts'
import type { Node, Task } from '../../rdd/node.ts'
import { collectPartition } from '../../rdd/nodes/map-partitions.ts'
import { HashPartitioner } from '../../rdd/partitioner.ts'
import { returned } from '../../rdd/returned.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import type { Time } from '../../util/time.ts'
import { type Reduction, reducedNode } from './reduce-by-key.ts'

/** What one batch contributes to a window: a partition's reduced pairs. */
export type Pane<K, V> = readonly (readonly [K, V])[]

/** A partition's panes, by batch time in milliseconds. */
export type PaneTable<K, V> = StateTable<number, Pane<K, V>>

/** The reduced pairs of one batch where the panes want them; no partitions' worth when the parent had no dataset. */
export function paneNode<K, V>(dataset: Node<[K, V]> | undefined, reduction: Reduction<V>): Node<[K, V]> | undefined {
  return dataset && reducedNode(dataset, new HashPartitioner(reduction.partitions), reduction)
}

/** Adds a batch's pane, unless it is empty. */
export async function addPane<K, V>(
  panes: PaneTable<K, V>,
  reduced: Node<[K, V]> | undefined,
  at: { readonly time: Time; readonly partition: number; readonly task: Task },
): Promise<void> {
  if (!reduced) return
  const pane = await collectPartition(reduced, at.partition, at.task)
  if (pane.length > 0) panes.set(at.time.milliseconds, pane)
}

/** Drops the panes up to and including `last`. */
export function dropPanes<K, V>(panes: PaneTable<K, V>, last: Time): void {
  const expired = Array.from(panes.entries(), ([time]) => time).filter((time) => time <= last.milliseconds)
  for (const time of expired) panes.delete(time)
}

/** The panes after `from` up to and including `until` merged per key, in the order of their times. */
export function mergePanes<K, V>(
  panes: PaneTable<K, V>,
  { from, until }: { readonly from: Time; readonly until: Time },
  f: (a: V, b: V) => V,
): KeyTable<K, V> {
  const merged = new KeyTable<K, V>()
  const inside = Array.from(panes.entries()).filter(([t]) => t > from.milliseconds && t <= until.milliseconds)
  for (const [, pane] of inside.sort(([a], [b]) => a - b)) {
    for (const [key, value] of pane) {
      const cell = merged.find(key)
      if (cell) cell.value = returned(f(cell.value, value))
      else merged.add(key, value)
    }
  }
  return merged
}
