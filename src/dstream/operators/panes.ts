import type { Node, Task } from '../../rdd/node.ts'
import { Time } from '../../util/time.ts'
import type { Pane, PaneTable } from './pane-table.ts'
import { type Reduction, reducedNode } from './reduce-by-key.ts'

/** The reduced pairs of one batch where the panes want them; `undefined` when the parent had no dataset. */
export function paneNode<K, V>(dataset: Node<[K, V]> | undefined, reduction: Reduction<V>): Node<[K, V]> | undefined {
  return dataset && reducedNode(dataset, reduction.partitioner, reduction)
}

/** A batch's pane of a partition, stored unless it is empty. */
export async function addPane<K, V>(
  panes: PaneTable<K, V>,
  reduced: Node<[K, V]> | undefined,
  at: { readonly time: Time; readonly partition: number; readonly task: Task },
): Promise<void> {
  if (!reduced) return
  const pane: Pane<K, V> = { keys: [], values: [] }
  await reduced.compute(at.partition, at.task, ([key, value]) => {
    pane.keys.push(key)
    pane.values.push(value)
  })
  if (pane.keys.length > 0) panes.set(at.time.milliseconds, pane)
}

/** Times on a grid after `from` up to and including `until`. */
export interface TimeRange {
  readonly from: Time
  readonly until: Time
  /** The step of the grid, in milliseconds, on which both lie. */
  readonly stepMs: number
}

/** Going by the grid, not by what is there: looking through all panes would cost what the window holds. */
export function* timesIn({ from, until, stepMs }: TimeRange): Generator<Time> {
  for (let at = from.milliseconds + stepMs; at <= until.milliseconds; at += stepMs) yield new Time(at)
}

/** Drops the panes of a range. */
export function dropPanes<K, V>(panes: PaneTable<K, V>, range: TimeRange): void {
  for (const time of timesIn(range)) panes.delete(time.milliseconds)
}
