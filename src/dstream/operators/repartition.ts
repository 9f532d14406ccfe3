import type { CallSite } from '../../rdd/call-site.ts'
import { repartitionNode } from '../../rdd/nodes/repartition.ts'
import { checkPartitions } from '../../rdd/partitioner.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { StreamNode } from '../stream-node.ts'
import { transformStream } from './transform.ts'

/** Exactly so many partitions; like Spark's, which is made of `transform`, it insists on a dataset. */
export function repartitionStream<T>(parent: StreamNode<T>, count: number, site: CallSite): StreamNode<T> {
  const partitions = checkPartitions(count)
  const repartition = ([rdd]: readonly RDD<never>[]): RDD<T> => {
    const dataset = rdd as unknown as RDD<T>
    return dataset.derive(repartitionNode(dataset.node, partitions))
  }
  return { ...transformStream([parent], repartition, site), gathers: true }
}
