import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import type { Node } from '../node.ts'
import type { Compare } from '../ordering.ts'
import { RangePartitioner } from '../range-partitioner.ts'
import { filterNode } from './filter.ts'

export interface KeyRange<K> {
  readonly lower: K
  readonly upper: K
  readonly compare: Compare<K>
}

/** The pairs whose keys are from `lower` to `upper`, both included. Of sorted pairs, only the partitions that can have any are computed. */
export function filterByRangeNode<K, V>(
  parent: Node<[K, V]>,
  { lower, upper, compare }: KeyRange<K>,
  site: CallSite,
): Node<[K, V]> {
  const filtered = filterNode(parent, (pair) => compare(pair[0], lower) >= 0 && compare(pair[0], upper) <= 0, site)
  const { partitioner } = parent
  if (!(partitioner instanceof RangePartitioner)) return filtered
  return {
    ...filtered,
    compute: async (partition, task, emit) => {
      if (inRange(partitioner, partition, [lower, upper], site)) await filtered.compute(partition, task, emit)
    },
  }
}

/** The bounds are known here: the shuffle that sorted the parent has run. A descending order turns the ends round. */
function inRange<K>(ranges: RangePartitioner<K>, partition: number, ends: readonly [K, K], site: CallSite): boolean {
  try {
    const [a, b] = ends.map((end) => ranges.partition(end)) as [number, number]
    return partition >= Math.min(a, b) && partition <= Math.max(a, b)
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
}
