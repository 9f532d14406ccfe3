import type { CallSite } from '../../rdd/call-site.ts'
import { pipedNode } from '../../rdd/node.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'
import { reducedNode } from './reduce-by-key.ts'

/** How often each element is there. */
export function countByValueStream<T>(
  parent: StreamNode<T>,
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[T, number]> {
  return gatheredStream(parent, site, (dataset) => {
    const ones = pipedNode<T, [T, number]>(dataset, (next) => (element) => next([element, 1]))
    return reducedNode(ones, partitioner, { f: (a, b) => a + b, site })
  })
}
