import type { CallSite } from '../../rdd/call-site.ts'
import { pipedNode } from '../../rdd/node.ts'
import { HashPartitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'
import { reducedNode } from './reduce-by-key.ts'

/** One element a batch, none of an empty batch; as Spark's, a reduction of the one key that all elements have. */
export function reduceStream<T>(parent: StreamNode<T>, f: (a: T, b: T) => T, site: CallSite): StreamNode<T> {
  const partitioner = new HashPartitioner(1)
  return gatheredStream(parent, site, (dataset) => {
    const keyed = pipedNode<T, [null, T]>(dataset, (next) => (element) => next([null, element]))
    const reduced = reducedNode(keyed, partitioner, { f, site })
    return pipedNode<[null, T], T>(reduced, (next) => (pair) => next(pair[1]))
  })
}
