import type { CallSite } from '../../rdd/call-site.ts'
import type { Node } from '../../rdd/node.ts'
import { cogroupNode } from '../../rdd/nodes/cogroup.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { pairedStream } from './paired.ts'

export function cogroupStream<K, V, W>(
  sides: readonly [StreamNode<[K, V]>, StreamNode<[K, W]>],
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[K, [V[], W[]]]> {
  const cogroup = (left: Node<[K, V]>, right: Node<[K, W]>) =>
    cogroupNode([left, right], partitioner, site) as Node<[K, [V[], W[]]]>
  return pairedStream(sides, site, cogroup)
}
