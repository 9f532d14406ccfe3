import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'
import type { Compare } from '../ordering.ts'

/** The `count` smallest elements, smallest first. Keeps no more than a few times `count` per partition. */
export async function takeOrdered<T>(
  node: Node<T>,
  count: number,
  { run, compare }: { readonly run: RunJob; readonly compare: Compare<T> },
): Promise<T[]> {
  if (!(count > 0)) return []
  const smallest = (records: T[]): T[] => records.sort(compare).slice(0, count)
  const parts = await run({
    node,
    task: async (partition, task) => {
      let kept: T[] = []
      await node.compute(partition, task, (record) => {
        kept.push(record)
        if (kept.length >= count * 4 + 1024) kept = smallest(kept)
      })
      return smallest(kept)
    },
  })
  return smallest(parts.flat(1) as T[])
}
