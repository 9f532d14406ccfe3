import type { CallSite } from '../../rdd/call-site.ts'
import { mapValuesNode } from '../../rdd/nodes/map-values.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

export function mapValuesStream<K, V, U>(
  parent: StreamNode<[K, V]>,
  f: (value: V) => U,
  site: CallSite,
): StreamNode<[K, U]> {
  return recordwiseStream(parent, site, (dataset) => mapValuesNode(dataset, f, site))
}
