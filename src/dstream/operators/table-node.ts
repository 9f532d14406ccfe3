import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../../rdd/node.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { pushAll } from '../../rdd/push.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'

/** The entries of state tables, one table a partition, as pairs; read when somebody asks for them. */
export function tableNode<K, V>(
  partitioner: Partitioner,
  open: (partition: number) => Promise<StateTable<K, V>>,
): Node<[K, V]> {
  async function compute(partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> {
    const table = await open(partition)
    let chunk: [K, V][] = []
    const origin = { partition, describe: (index: number) => `key ${elementText(chunk[index]?.[0])}` }
    for (const [key, value] of table.entries()) {
      chunk.push([key, value])
      if (chunk.length < CHUNK_RECORDS) continue
      await pushAll(chunk, emit, { task, origin })
      chunk = []
    }
    await pushAll(chunk, emit, { task, origin })
  }
  return { partitions: partitioner.numPartitions, partitioner, dependencies: [], compute }
}
