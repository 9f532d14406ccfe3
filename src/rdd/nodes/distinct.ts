import type { CallSite } from '../call-site.ts'
import { type Node, pipedNode } from '../node.ts'
import { HashPartitioner, type Partitioner } from '../partitioner.ts'
import { combineByKeyNode } from './combine-by-key.ts'

/** Each element once, compared by value as keys are. */
export function distinctNode<T>(parent: Node<T>, partitions: number, site: CallSite): Node<T> {
  const keyed = pipedNode<T, [T, null]>(parent, (next) => (record) => next([record, null]))
  const distinct = distinctKeysNode(keyed, new HashPartitioner(partitions), site)
  return pipedNode(distinct, (next) => (pair) => next(pair[0]))
}

/** Each key once, where the partitioner wants it; duplicates go before they are moved. */
export function distinctKeysNode<K>(
  parent: Node<[K, unknown]>,
  partitioner: Partitioner,
  site: CallSite,
): Node<[K, null]> {
  const keep = (): null => null
  const aggregator = { createCombiner: keep, mergeValue: keep, mergeCombiners: keep }
  return combineByKeyNode<K, unknown, null>(parent, { aggregator, partitioner, site })
}
