import { internalSite } from '../../rdd/call-site.ts'
import { partitionByNode } from '../../rdd/nodes/partition-by.ts'
import { parallelizeNode } from '../../rdd/nodes/source.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { RDD } from '../../rdd/rdd.ts'
import type { BatchRun } from '../stream-node.ts'

/** State to begin with, as pairs. */
export type InitialState<K, S> = Iterable<readonly [K, S]> | RDD<[K, S]>

/** Hands each entry to `put` in the partition that its key belongs to, in order. */
export async function placeInitialState<K, S, T>(
  run: BatchRun,
  initial: InitialState<K, S>,
  at: {
    readonly partitioner: Partitioner
    readonly open: (partition: number) => Promise<T>
    readonly put: (table: T, key: K, state: S) => void
  },
): Promise<void> {
  const pairs = initial instanceof RDD ? initial.node : parallelizeNode(Array.from(initial, pairOf), 1)
  const node = partitionByNode(pairs, at.partitioner, internalSite('initialState'))
  await run.sparkContext.run({
    node,
    task: async (partition, task) => {
      const table = await at.open(partition)
      await node.compute(partition, task, ([key, state]) => at.put(table, key, state))
    },
  })
}

function pairOf<K, S>([key, state]: readonly [K, S]): [K, S] {
  return [key, state]
}
