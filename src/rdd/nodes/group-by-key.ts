import type { CallSite } from '../call-site.ts'
import type { Node } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { combineByKeyNode } from './combine-by-key.ts'

/** All values of each key, in the order of the records. Grouping before the shuffle would not make the data smaller. */
export function groupByKeyNode<K, V>(parent: Node<[K, V]>, partitioner: Partitioner, site: CallSite): Node<[K, V[]]> {
  const aggregator = {
    createCombiner: (value: V): V[] => [value],
    mergeValue: append<V>,
    mergeCombiners: (a: V[], b: V[]): V[] => b.reduce(append<V>, a),
  }
  return combineByKeyNode(parent, { aggregator, partitioner, site, mapSideCombine: false })
}

function append<V>(values: V[], value: V): V[] {
  values.push(value)
  return values
}
