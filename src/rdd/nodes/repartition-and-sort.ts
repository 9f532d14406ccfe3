import type { CallSite } from '../call-site.ts'
import { guarded } from '../guarded.ts'
import type { Emit, Node, ShuffleDependency, Task } from '../node.ts'
import type { Compare } from '../ordering.ts'
import type { Partitioner } from '../partitioner.ts'
import { pairWriter, prepared } from '../shuffle.ts'
import { readSorted } from '../sorted-read.ts'

/** Pairs where the partitioner wants them, each partition in the order of its keys. */
export function repartitionAndSortNode<K, V>(
  parent: Node<[K, V]>,
  partitioner: Partitioner,
  { compare, site }: { readonly compare: Compare<K>; readonly site: CallSite },
): Node<[K, V]> {
  const dependency: ShuffleDependency = {
    kind: 'shuffle',
    parent,
    reducers: partitioner.numPartitions,
    prepare: prepared(partitioner),
    writer: () => pairWriter(partitioner, site),
  }
  const order = guarded(compare, site)
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [dependency],
    compute: (partition: number, task: Task, emit: Emit<[K, V]>) =>
      readSorted<K, V>({ dependency, partition, task }, order, (key, value) => emit([key, value])),
  }
}
