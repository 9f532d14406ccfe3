import type { CallSite } from '../../rdd/call-site.ts'
import { pipedNode } from '../../rdd/node.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

/** The values of pairs; a uid given to this stream names the one that keeps the state. */
export function valuesStream<K, V>(parent: StreamNode<[K, V]>, site: CallSite): StreamNode<V> {
  const values = recordwiseStream<[K, V], V>(parent, site, (dataset) =>
    pipedNode<[K, V], V>(dataset, (next) => (pair) => next(pair[1])),
  )
  return { ...values, named: parent }
}
