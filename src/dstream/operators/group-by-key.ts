import type { CallSite } from '../../rdd/call-site.ts'
import { groupByKeyNode } from '../../rdd/nodes/group-by-key.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'

export function groupByKeyStream<K, V>(
  parent: StreamNode<[K, V]>,
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[K, V[]]> {
  return gatheredStream(parent, site, (dataset) => groupByKeyNode(dataset, partitioner, site))
}
