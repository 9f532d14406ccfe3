import type { CallSite } from '../../rdd/call-site.ts'
import { flatMapNode } from '../../rdd/nodes/flat-map.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

export function flatMapStream<T, U>(
  parent: StreamNode<T>,
  f: (element: T) => Iterable<U>,
  site: CallSite,
): StreamNode<U> {
  return recordwiseStream(parent, site, (dataset) => flatMapNode(dataset, f, site))
}
