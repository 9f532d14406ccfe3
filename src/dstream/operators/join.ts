import type { CallSite } from '../../rdd/call-site.ts'
import { joinNode } from '../../rdd/nodes/join.ts'
import { HashPartitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { pairedStream } from './paired.ts'

export function joinStream<K, V, W>(
  sides: readonly [StreamNode<[K, V]>, StreamNode<[K, W]>],
  partitions: number,
  site: CallSite,
): StreamNode<[K, [V, W]]> {
  const partitioner = new HashPartitioner(partitions)
  return pairedStream(sides, site, (left, right) => joinNode([left, right], partitioner, site))
}
