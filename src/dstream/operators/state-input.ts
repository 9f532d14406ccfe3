import type { CallSite } from '../../rdd/call-site.ts'
import { type Columns, keyedInput } from '../../rdd/keyed-input.ts'
import type { Node, Task } from '../../rdd/node.ts'
import { emptyNode } from '../../rdd/nodes/empty.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { Awaitable } from '../../util/awaitable.ts'

/** A batch's pairs where the state of their keys is. */
export interface StateInput<K, V> {
  /** What a job that calls `columns` runs on. */
  readonly node: Node<unknown>
  /** All of a partition, in order: its keys are known before any state is touched. */
  columns(partition: number, task: Task): Awaitable<Columns<K, V>>
}

/** `dataset` is `undefined` for a batch without one, which brings no pairs. */
export function stateInput<K, V>(
  dataset: Node<[K, V]> | undefined,
  partitioner: Partitioner,
  site: CallSite,
): StateInput<K, V> {
  if (!dataset) {
    return { node: emptyNode(partitioner.numPartitions), columns: () => ({ keys: [], values: [] }) }
  }
  const input = keyedInput(dataset, partitioner, site)
  const node: Node<unknown> = {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [input.dependency],
    compute: (partition, task, emit) => input.compute(partition, task, (key, value) => emit([key, value])),
  }
  return { node, columns: input.columns }
}
