import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
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
  const guarded: Compare<K> = (a, b) => {
    try {
      return compare(a, b)
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [dependency],
    compute: (partition: number, task: Task, emit: Emit<[K, V]>) =>
      readSorted<K, V>({ dependency, partition, task }, guarded, (key, value) => emit([key, value])),
  }
}
