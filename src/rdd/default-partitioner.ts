import type { Node } from './node.ts'
import { HashPartitioner, type Partitioner } from './partitioner.ts'

/**
 * How operations on pairs partition when nothing is said: as the parent with the most partitions already is, if that is
 * not far too few; otherwise by hash into `defaultParallelism`, or as many as the largest parent has.
 */
export function defaultPartitioner(
  parents: readonly Node<unknown>[],
  defaultParallelism: number | undefined,
): Partitioner {
  const most = Math.max(1, ...parents.map((parent) => parent.partitions))
  const count = defaultParallelism ?? most
  const [existing] = parents
    .flatMap((parent) => parent.partitioner ?? [])
    .sort((a, b) => b.numPartitions - a.numPartitions)
  const eligible = existing && (existing.numPartitions * 10 > most || existing.numPartitions >= count)
  return eligible ? existing : new HashPartitioner(count)
}
