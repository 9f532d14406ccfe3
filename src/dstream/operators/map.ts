import type { CallSite } from '../../rdd/call-site.ts'
import { mapNode } from '../../rdd/nodes/map.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

export function mapStream<T, U>(parent: StreamNode<T>, f: (element: T) => U, site: CallSite): StreamNode<U> {
  return recordwiseStream(parent, site, (dataset) => mapNode(dataset, f, site))
}
