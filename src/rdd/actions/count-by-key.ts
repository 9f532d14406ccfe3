import type { RunJob } from '../job.ts'
import { KeyTable } from '../key-table.ts'
import type { Node } from '../node.ts'

/** How many pairs each key has, keys in first-seen order. */
export async function countByKey<K>(node: Node<[K, unknown]>, run: RunJob): Promise<Map<K, number>> {
  const tables = await run({
    node,
    task: async (partition, task) => {
      const counts = new KeyTable<K, number>()
      await node.compute(partition, task, (pair) => add(counts, pair[0], 1))
      return counts
    },
  })
  const totals = new KeyTable<K, number>()
  for (const table of tables) for (const [key, count] of table.entries()) add(totals, key, count)
  return new Map(totals.entries())
}

function add<K>(counts: KeyTable<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
