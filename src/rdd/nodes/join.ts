import type { CallSite } from '../call-site.ts'
import { type Node, pipedNode } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { cogroupNode } from './cogroup.ts'

/** Every pairing of a key's values on the left with its values on the right. */
export function joinNode<K, V, W>(
  sides: readonly [Node<[K, V]>, Node<[K, W]>],
  partitioner: Partitioner,
  site: CallSite,
): Node<[K, [V, W]]> {
  const attach = (next: (record: [K, [V, W]]) => void) => (record: [K, unknown[][]]) => {
    const [key, [left = [], right = []]] = record
    for (const v of left) for (const w of right) next([key, [v as V, w as W]])
  }
  return pipedNode(cogroupNode(sides, partitioner, site), attach, { keepsPartitioner: true })
}
