import type { CallSite } from '../call-site.ts'
import { located } from '../failure.ts'
import { guarded } from '../guarded.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'

export interface Aggregation<T, U> {
  /** Called once per partition and once at the end, where the partitions are put together. */
  readonly zero: () => U
  readonly add: (aggregated: U, record: T) => U
  readonly merge: (a: U, b: U) => U
  readonly run: RunJob
  readonly site: CallSite
}

/** All elements put into one value: within each partition in order, then the partitions in order. */
export async function aggregate<T, U>(node: Node<T>, aggregation: Aggregation<T, U>): Promise<U> {
  const { zero, run, site } = aggregation
  const add = guarded(aggregation.add, site)
  const merge = guarded(aggregation.merge, site)
  const parts = await run({
    node,
    task: async (partition, task) => {
      let aggregated = zero()
      await node.compute(partition, task, (record) => {
        aggregated = add(aggregated, record)
      })
      return aggregated
    },
  })
  try {
    return parts.reduce(merge, zero())
  } catch (thrown) {
    throw located(thrown, 0, () => 'the merge of the partitions')
  }
}
