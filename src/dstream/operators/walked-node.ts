import { located } from '../../rdd/failure.ts'
import type { Emit, Node, Task } from '../../rdd/node.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import type { TableToWalk, WalkedTable } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'
import { withCodec } from './codec-table.ts'
import type { OperatorCodec } from './operator-codec.ts'
import { emitTable } from './table-node.ts'

/** As `tableNode`, of tables that may be streamed: each job that wants the entries walks over them. */
export function walkedNode<K, V>(
  partitioner: Partitioner,
  codec: OperatorCodec<V> | undefined,
  open: (partition: number) => Promise<TableToWalk<K, unknown>>,
): Node<[K, V]> {
  async function compute(partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> {
    const state = await open(partition)
    if (state.kind === 'streamed') await emitWalk(state.table, { partition, task, codec }, emit)
    else await emitTable(withCodec<K, V>(state.table, codec), { partition, task }, emit)
  }
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: [],
    compute,
    size: async (partition) => (await open(partition)).table.size,
  }
}

interface Walking<V> {
  readonly partition: number
  readonly task: Task
  readonly codec: OperatorCodec<V> | undefined
}

async function emitWalk<K, V>(
  table: WalkedTable<K, unknown>,
  { partition, task, codec }: Walking<V>,
  emit: Emit<[K, V]>,
): Promise<void> {
  let at: K | undefined
  const emitStored = (key: K, stored: unknown): void => {
    at = key
    emit([key, codec ? codec.decode(stored, () => key) : (stored as V)])
  }
  try {
    await table.visit(emitStored, () => task.pause())
  } catch (thrown) {
    throw located(thrown, partition, () => `key ${elementText(at)}`)
  }
}
