import type { CallSite } from '../../rdd/call-site.ts'
import { type OuterSide, outerJoinNode } from '../../rdd/nodes/join.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { pairedStream } from './paired.ts'

/** As `join`, and values of the outer sides that find none on the other, beside `undefined`. */
export function outerJoinStream<K, V, W>(
  sides: readonly [StreamNode<[K, V]>, StreamNode<[K, W]>],
  partitioner: Partitioner,
  options: { readonly outer: OuterSide; readonly site: CallSite },
): StreamNode<[K, [V | undefined, W | undefined]]> {
  return pairedStream(sides, options.site, (left, right) => outerJoinNode([left, right], partitioner, options))
}
