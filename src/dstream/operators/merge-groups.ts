import type { CallSite } from '../../rdd/call-site.ts'
import { combineByKeyNode } from '../../rdd/nodes/combine-by-key.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { StreamNode } from '../stream-node.ts'
import { gatheredStream } from './derived.ts'

/** One group per key out of several, in their order. */
export function mergeGroupsStream<K, V>(
  parent: StreamNode<[K, V[]]>,
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[K, V[]]> {
  const append = (into: V[], group: V[]): V[] => {
    for (const value of group) into.push(value)
    return into
  }
  const aggregator = { createCombiner: (group: V[]) => [...group], mergeValue: append, mergeCombiners: append }
  return gatheredStream(parent, site, (dataset) =>
    combineByKeyNode(dataset, { aggregator, partitioner, site, mapSideCombine: false }),
  )
}
