import type { CallSite } from '../call-site.ts'
import { located, OperatorFailure } from '../failure.ts'
import type { RunJob } from '../job.ts'
import { KeyTable } from '../key-table.ts'
import type { Node } from '../node.ts'
import { returned } from '../returned.ts'

/** One value per key, in a map, without a shuffle: keys in first-seen order. */
export async function reduceByKeyLocally<K, V>(
  node: Node<[K, V]>,
  f: (a: V, b: V) => V,
  { run, site }: { readonly run: RunJob; readonly site: CallSite },
): Promise<Map<K, V>> {
  const put = (table: KeyTable<K, V>, key: K, value: V): void => {
    try {
      const place = table.find(key)
      if (place < 0) table.add(key, value)
      else table.values[place] = returned(f(table.values[place] as V, value))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
  const tables = await run({
    node,
    task: async (partition, task) => {
      const table = new KeyTable<K, V>()
      await node.compute(partition, task, ([key, value]) => put(table, key, value))
      return table
    },
  })
  const whole = new KeyTable<K, V>()
  try {
    for (const table of tables) for (const [key, value] of table.entries()) put(whole, key, value)
  } catch (thrown) {
    throw located(thrown, 0, () => 'the merge of the partitions')
  }
  return new Map(whole.entries())
}
