import { sameKey } from '../../util/key.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'

/** The values of one key, in order: of the one partition where they can be, if a partitioner placed them. */
export async function lookup<K, V>(node: Node<[K, V]>, key: K, run: RunJob): Promise<V[]> {
  const place = node.partitioner?.partition(key)
  const parts = await run({
    node,
    ...(place === undefined ? {} : { partitions: [place] }),
    task: async (partition, task) => {
      const values: V[] = []
      await node.compute(partition, task, (pair) => {
        if (sameKey(pair[0], key)) values.push(pair[1])
      })
      return values
    },
  })
  return parts.flat(1) as V[]
}
