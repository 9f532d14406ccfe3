import type { CallSite } from '../../rdd/call-site.ts'
import { mapNode } from '../../rdd/nodes/map.ts'
import type { StreamNode } from '../stream-node.ts'
import { derivedStream } from './derived.ts'

export function mapStream<T, U>(parent: StreamNode<T>, f: (element: T) => U, site: CallSite): StreamNode<U> {
  return derivedStream(parent, site, (dataset) => mapNode(dataset, f, site))
}
