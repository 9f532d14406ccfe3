import type { EmitPair } from './keyed-input.ts'
import type { Compare } from './ordering.ts'
import { pushAll } from './push.ts'
import { readBlocks, type ShuffleRead } from './shuffle.ts'

/** One reducer's pairs in the order of their keys; equal ones keep the order in which they came. All are in memory. */
export async function readSorted<K, V>(read: ShuffleRead, compare: Compare<K>, emit: EmitPair<K, V>): Promise<void> {
  const sorted: { readonly key: K; readonly value: V }[] = []
  for await (const { keys = [], values } of readBlocks(read)) {
    for (let i = 0; i < values.length; i++) sorted.push({ key: keys[i] as K, value: values[i] as V })
  }
  sorted.sort((a, b) => compare(a.key, b.key))
  const origin = { partition: read.partition, describe: (index: number) => `sorted record ${index}` }
  await pushAll(sorted, (one) => emit(one.key, one.value), { task: read.task, origin })
}
