import type { CallSite } from '../call-site.ts'
import { type Node, pipedNode } from '../node.ts'
import { HashPartitioner } from '../partitioner.ts'
import { combineByKeyNode } from './combine-by-key.ts'

/** Each element once, compared by value as keys are. */
export function distinctNode<T>(parent: Node<T>, partitions: number, site: CallSite): Node<T> {
  const keyed = pipedNode<T, [T, null]>(parent, (next) => (record) => next([record, null]))
  const keep = (): null => null
  const aggregator = { createCombiner: keep, mergeValue: keep, mergeCombiners: keep }
  const combined = combineByKeyNode(keyed, { aggregator, partitioner: new HashPartitioner(partitions), site })
  return pipedNode(combined, (next) => (pair) => next(pair[0]))
}
