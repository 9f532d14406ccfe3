import type { CallSite } from '../../rdd/call-site.ts'
import type { Node } from '../../rdd/node.ts'
import { combineByKeyNode } from '../../rdd/nodes/combine-by-key.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'

/** How values of one key become one. */
export interface Reduction<V> {
  readonly f: (a: V, b: V) => V
  readonly partitioner: Partitioner
  readonly site: CallSite
}

export function reduceByKeyStream<K, V>(parent: StreamNode<[K, V]>, reduction: Reduction<V>): StreamNode<[K, V]> {
  return gatheredStream(parent, reduction.site, (dataset) => reducedNode(dataset, reduction.partitioner, reduction))
}

export function reducedNode<K, V>(
  dataset: Node<[K, V]>,
  partitioner: Partitioner,
  { f, site }: Pick<Reduction<V>, 'f' | 'site'>,
): Node<[K, V]> {
  const aggregator = { createCombiner: (value: V) => value, mergeValue: f, mergeCombiners: f }
  return combineByKeyNode(dataset, { aggregator, partitioner, site })
}
