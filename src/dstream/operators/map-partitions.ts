import type { CallSite } from '../../rdd/call-site.ts'
import { type MapPartitionsOptions, mapPartitionsNode, type PartitionFunction } from '../../rdd/nodes/map-partitions.ts'
import type { StreamNode } from '../stream-node.ts'
import { derivedStream } from './derived.ts'

/** Also calls `f` for partitions without elements, once each. */
export function mapPartitionsStream<T, U>(
  parent: StreamNode<T>,
  f: PartitionFunction<T, U>,
  options: MapPartitionsOptions & { readonly site: CallSite },
): StreamNode<U> {
  return derivedStream(parent, options.site, (dataset) => mapPartitionsNode(dataset, f, options))
}
