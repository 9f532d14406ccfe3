import type { CallSite } from '../../rdd/call-site.ts'
import { flatMapValuesNode } from '../../rdd/nodes/map-values.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

export function flatMapValuesStream<K, V, U>(
  parent: StreamNode<[K, V]>,
  f: (value: V) => Iterable<U>,
  site: CallSite,
): StreamNode<[K, U]> {
  return recordwiseStream(parent, site, (dataset) => flatMapValuesNode(dataset, f, site))
}
