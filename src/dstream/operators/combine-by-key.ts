import { type CombineOptions, combineByKeyNode } from '../../rdd/nodes/combine-by-key.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'

/** One combined value per key and batch. */
export function combineByKeyStream<K, V, C>(
  parent: StreamNode<[K, V]>,
  options: CombineOptions<V, C>,
): StreamNode<[K, C]> {
  return gatheredStream(parent, options.site, (dataset) => combineByKeyNode(dataset, options))
}
