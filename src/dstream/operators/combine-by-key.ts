import { type CombineOptions, combineByKeyNode } from '../../rdd/nodes/combine-by-key.ts'
import type { StreamNode } from '../stream-node.ts'
import { derivedStream } from './derived.ts'

/** One combined value per key and batch. */
export function combineByKeyStream<K, V, C>(
  parent: StreamNode<[K, V]>,
  options: CombineOptions<V, C>,
): StreamNode<[K, C]> {
  return derivedStream(parent, options.site, (dataset) => combineByKeyNode(dataset, options))
}
