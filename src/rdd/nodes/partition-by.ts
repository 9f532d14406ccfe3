import type { CallSite } from '../call-site.ts'
import { keyedInput } from '../keyed-input.ts'
import type { Node } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'

/** The same pairs, each where the partitioner wants its key. */
export function partitionByNode<K, V>(parent: Node<[K, V]>, partitioner: Partitioner, site: CallSite): Node<[K, V]> {
  if (partitioner.equals(parent.partitioner)) return parent
  const input = keyedInput(parent, partitioner, site)
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [input.dependency],
    compute: (partition, task, emit) => input.compute(partition, task, (key, value) => emit([key, value])),
  }
}
