import type { CallSite } from '../../rdd/call-site.ts'
import type { Node } from '../../rdd/node.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { StreamNode } from '../stream-node.ts'
import { transformStream } from './transform.ts'

/** A stream made from the datasets of two, both of which must have one. */
export function pairedStream<A, B, U>(
  sides: readonly [StreamNode<A>, StreamNode<B>],
  site: CallSite,
  apply: (left: Node<A>, right: Node<B>) => Node<U>,
): StreamNode<U> {
  const combine = (rdds: readonly RDD<never>[]): RDD<U> => {
    const [left, right] = rdds as unknown as readonly [RDD<A>, RDD<B>]
    return left.derive(apply(left.node, right.node))
  }
  return { ...transformStream(sides, combine, site), gathers: true }
}
