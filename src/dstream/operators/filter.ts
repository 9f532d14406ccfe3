import type { CallSite } from '../../rdd/call-site.ts'
import { filterNode } from '../../rdd/nodes/filter.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

export function filterStream<T>(parent: StreamNode<T>, f: (element: T) => unknown, site: CallSite): StreamNode<T> {
  return recordwiseStream(parent, site, (dataset) => filterNode(dataset, f, site))
}
