import type { CallSite } from '../../rdd/call-site.ts'
import { joinNode } from '../../rdd/nodes/join.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { pairedStream } from './paired.ts'

export function joinStream<K, V, W>(
  sides: readonly [StreamNode<[K, V]>, StreamNode<[K, W]>],
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[K, [V, W]]> {
  return pairedStream(sides, site, (left, right) => joinNode([left, right], partitioner, site))
}
