import type { CallSite } from '../../rdd/call-site.ts'
import { countNode } from '../../rdd/nodes/count.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { StreamNode } from '../stream-node.ts'
import { transformStream } from './transform.ts'

/**
 * One element a batch, the number of elements. Spark makes it of `transform` and `reduceByKey`: so it insists on a dataset,
 * and has as many partitions as any keyed stream.
 */
export function countStream(parent: StreamNode<unknown>, partitions: number, site: CallSite): StreamNode<number> {
  const count = ([rdd]: readonly RDD<unknown>[]): RDD<number> =>
    (rdd as RDD<unknown>).derive(countNode((rdd as RDD<unknown>).node, partitions))
  return { ...transformStream([parent], count, site), gathers: true }
}
