import { elementText } from '../../util/text.ts'
import type { CallSite } from '../call-site.ts'
import { KeyTable } from '../key-table.ts'
import { keyedInput } from '../keyed-input.ts'
import type { Emit, Node, Task } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { pushAll } from '../push.ts'

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
    const cells = [...table.cells()]
    const origin = { partition, describe: (index: number) => `key ${elementText(cells[index]?.key)}` }
    await pushAll(cells, (cell) => emit([cell.key, cell.value]), { task, origin })
  }
  const dependencies = inputs.map((input) => input.dependency)
  return { partitions: partitioner.numPartitions, partitioner, dependencies, compute }
}

function groupsOf<K>(table: KeyTable<K, unknown[][]>, key: K, parents: number): unknown[][] {
  const cell = table.find(key)
  if (cell) return cell.value
  const groups = Array.from({ length: parents }, (): unknown[] => [])
  table.add(key, groups)
  return groups
}
