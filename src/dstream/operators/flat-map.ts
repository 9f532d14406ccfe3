import type { CallSite } from '../../rdd/call-site.ts'
import { flatMapNode } from '../../rdd/nodes/flat-map.ts'
import type { StreamNode } from '../stream-node.ts'
import { derivedStream } from './derived.ts'

export function flatMapStream<T, U>(
  parent: StreamNode<T>,
  f: (element: T) => Iterable<U>,
  site: CallSite,
): StreamNode<U> {
  return derivedStream(parent, site, (dataset) => flatMapNode(dataset, f, site))
}
