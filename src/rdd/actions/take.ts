import { type Awaitable, andThen, orElse } from '../../util/awaitable.ts'
import { ENOUGH } from '../failure.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'

/** The first `count` elements in order. Looks at one partition, then at four times as many as so far, until it has enough. */
export async function take<T>(node: Node<T>, count: number, run: RunJob): Promise<T[]> {
  const taken: T[] = []
  let scanned = 0
  while (taken.length < count && scanned < node.partitions) {
    const many = Math.min(scanned === 0 ? 1 : scanned * 3, node.partitions - scanned)
    const partitions = Array.from({ length: many }, (_, i) => scanned + i)
    const wanted = count - taken.length
    const heads = await run({ node, partitions, task: (partition, task) => head(node, wanted, { partition, task }) })
    for (const record of heads.flat(1) as T[]) if (taken.length < count) taken.push(record)
    scanned += many
  }
  return taken
}

function head<T>(
  node: Node<T>,
  wanted: number,
  { partition, task }: { readonly partition: number; readonly task: Parameters<Node<T>['compute']>[1] },
): Awaitable<T[]> {
  const records: T[] = []
  const emit = (record: T): void => {
    records.push(record)
    if (records.length >= wanted) throw ENOUGH
  }
  const computed = orElse(
    () => node.compute(partition, task, emit),
    (thrown) => {
      if (thrown !== ENOUGH) throw thrown
    },
  )
  return andThen(computed, () => records)
}
