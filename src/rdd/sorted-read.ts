import type { EmitPair } from './keyed-input.ts'
import type { Compare } from './ordering.ts'
import { pushAll } from './push.ts'
import { readBlock, type ShuffleRead } from './shuffle.ts'

/** One reducer's pairs in the order of their keys; equal ones keep the order in which they came. All are in memory. */
export async function readSorted<K, V>(read: ShuffleRead, compare: Compare<K>, emit: EmitPair<K, V>): Promise<void> {
  const keys: K[] = []
  const values: V[] = []
  for (let map = 0; map < read.dependency.parent.partitions; map++) {
    const block = await readBlock(read, map)
    for (const key of block.keys ?? []) keys.push(key as K)
    for (const value of block.values) values.push(value as V)
  }
  // Places are sorted instead of pairs: four bytes each, and no object.
  const order = Uint32Array.from(keys.keys()).sort((a, b) => compare(keys[a] as K, keys[b] as K))
  const origin = { partition: read.partition, describe: (index: number) => `sorted record ${index}` }
  await pushAll(order, (at) => emit(keys[at] as K, values[at] as V), { task: read.task, origin })
}
