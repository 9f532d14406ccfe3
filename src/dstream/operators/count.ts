import type { CallSite } from '../../rdd/call-site.ts'
import { countNode } from '../../rdd/nodes/count.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { StreamNode } from '../stream-node.ts'
import { transformStream } from './transform.ts'

/** One element a batch, the number of elements; like Spark's, which is made of `transform`, it insists on a dataset. */
export function countStream(parent: StreamNode<unknown>, site: CallSite): StreamNode<number> {
  const count = ([rdd]: readonly RDD<unknown>[]): RDD<number> =>
    (rdd as RDD<unknown>).derive(countNode((rdd as RDD<unknown>).node))
  return transformStream([parent], count, site)
}
