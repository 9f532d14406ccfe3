import type { CallSite } from '../../rdd/call-site.ts'
import { mapPartitionsNode } from '../../rdd/nodes/map-partitions.ts'
import type { StreamNode } from '../stream-node.ts'
import { derivedStream } from './derived.ts'

/** One array per partition, of empty ones, too. */
export function glomStream<T>(parent: StreamNode<T>, site: CallSite): StreamNode<T[]> {
  return derivedStream(parent, site, (dataset) => mapPartitionsNode(dataset, (records) => [records], { site }))
}
