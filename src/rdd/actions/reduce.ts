import { SluiceError } from '../../util/errors.ts'
import type { CallSite } from '../call-site.ts'
import { located } from '../failure.ts'
import { guarded } from '../guarded.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'

/** All elements merged into one: within each partition in order, then the partitions in order. */
export async function reduce<T>(
  node: Node<T>,
  f: (a: T, b: T) => T,
  { run, site }: { readonly run: RunJob; readonly site: CallSite },
): Promise<T> {
  const merge = guarded(f, site)
  const parts = await run({
    node,
    task: async (partition, task) => {
      let merged: { value: T } | undefined
      await node.compute(partition, task, (record) => {
        if (merged) merged.value = merge(merged.value, record)
        else merged = { value: record }
      })
      return merged ? [(merged as { value: T }).value] : []
    },
  })
  const values = parts.flat(1) as T[]
  if (values.length === 0) throw emptyCollection()
  try {
    return values.reduce(merge)
  } catch (thrown) {
    throw located(thrown, 0, () => 'the merge of the partitions')
  }
}

/** Spark's error for asking an empty dataset for an element. */
export function emptyCollection(): SluiceError {
  return new SluiceError({
    code: 'empty-collection',
    kind: 'invalid',
    message: 'empty collection: the dataset has no element to give; check isEmpty first, or use take(1)',
  })
}
