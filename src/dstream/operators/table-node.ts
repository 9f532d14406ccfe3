import { located } from '../../rdd/failure.ts'
import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../../rdd/node.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { Slot, StateTable } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'

/** The entries of state tables, one table a partition, as pairs; read when somebody asks for them. */
export function tableNode<K, V>(
  partitioner: Partitioner,
  open: (partition: number) => Promise<StateTable<K, V>>,
): Node<[K, V]> {
  async function compute(partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> {
    await emitTable(await open(partition), { partition, task }, emit)
  }
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [],
    compute,
    size: async (partition) => (await open(partition)).size,
  }
}

export async function emitTable<K, V>(
  table: StateTable<K, V>,
  { partition, task }: { readonly partition: number; readonly task: Task },
  emit: Emit<[K, V]>,
): Promise<void> {
  for (let from = 0; from < table.slots; from += CHUNK_RECORDS) {
    emitRange(table, { from, until: Math.min(from + CHUNK_RECORDS, table.slots), partition }, emit)
    const pause = task.pause()
    if (pause) await pause
  }
}

function emitRange<K, V>(
  table: StateTable<K, V>,
  { from, until, partition }: { readonly from: Slot; readonly until: Slot; readonly partition: number },
  emit: Emit<[K, V]>,
): void {
  let slot = from
  try {
    for (; slot < until; slot++) if (table.isAlive(slot)) emit([table.keyAt(slot), table.copyAt(slot)])
  } catch (thrown) {
    throw located(thrown, partition, () => `key ${elementText(table.keyAt(slot))}`)
  }
}
