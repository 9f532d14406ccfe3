import type { CallSite } from '../call-site.ts'
import { KeyTable } from '../key-table.ts'
import { keyedInput } from '../keyed-input.ts'
import type { Emit, Node, Task } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { pushTable } from '../push.ts'

/** For each key of any parent its values in each parent, empty arrays where it has none. */
export function cogroupNode<K>(
  parents: readonly Node<[K, unknown]>[],
  partitioner: Partitioner,
  site: CallSite,
): Node<[K, unknown[][]]> {
  const inputs = parents.map((parent) => keyedInput(parent, partitioner, site))
  async function compute(partition: number, task: Task, emit: Emit<[K, unknown[][]]>): Promise<void> {
    const table = new KeyTable<K, unknown[][]>()
    for (const [place, input] of inputs.entries()) {
      await input.compute(partition, task, (key, value) => groupsOf(table, key, inputs.length)[place]?.push(value))
    }
    await pushTable(table, emit, { partition, task })
  }
  const dependencies = inputs.map((input) => input.dependency)
  return { partitions: partitioner.numPartitions, partitioner, dependencies, compute }
}

function groupsOf<K>(table: KeyTable<K, unknown[][]>, key: K, parents: number): unknown[][] {
  const known = table.get(key)
  if (known) return known
  const groups: unknown[][] = []
  for (let parent = 0; parent < parents; parent++) groups.push([])
  table.add(key, groups)
  return groups
}
