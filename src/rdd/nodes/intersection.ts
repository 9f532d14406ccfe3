import type { CallSite } from '../call-site.ts'
import { KeyTable } from '../key-table.ts'
import { type Emit, type Node, narrow, pipedNode, type Task } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { distinctKeysNode } from './distinct.ts'

/** Elements of both sides, each once, in the order of the left one. */
export function intersectionNode<T>(
  sides: readonly [Node<T>, Node<T>],
  partitioner: Partitioner,
  site: CallSite,
): Node<T> {
  const [left, right] = sides.map((side) => {
    const keyed = pipedNode<T, [T, null]>(side, (next) => (record) => next([record, null]))
    return distinctKeysNode(keyed, partitioner, site)
  }) as [Node<[T, null]>, Node<[T, null]>]
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    const there = new KeyTable<T, null>()
    await right.compute(partition, task, (pair) => there.add(pair[0], null))
    await left.compute(partition, task, (pair) => {
      if (there.find(pair[0]) >= 0) emit(pair[0])
    })
  }
  return { partitions: partitioner.numPartitions, dependencies: [narrow(left), narrow(right)], compute }
}
