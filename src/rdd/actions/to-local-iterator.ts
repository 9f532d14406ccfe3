import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'
import { collectPartition } from '../nodes/map-partitions.ts'

/** All elements in order, one partition in memory at a time; each is computed when the one before has been read. */
export async function* toLocalIterator<T>(node: Node<T>, run: RunJob): AsyncGenerator<T> {
  for (let next = 0; next < node.partitions; next++) {
    const partitions = [next]
    const parts = await run({ node, partitions, task: (partition, task) => collectPartition(node, partition, task) })
    for (const records of parts) yield* records
  }
}
