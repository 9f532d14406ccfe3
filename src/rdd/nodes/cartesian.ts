import { chunksOf } from '../chunks.ts'
import { type Emit, type Node, narrow, type Task } from '../node.ts'
import { ownElements } from '../own-element.ts'
import { pushAll } from '../push.ts'
import { collectPartition } from './map-partitions.ts'

/**
 * Every pair of an element of the left and one of the right: a partition for each two. One of the right's is in memory, and copied
 * for each of the left, as Spark computes it anew.
 */
export function cartesianNode<T, U>(left: Node<T>, right: Node<U>): Node<[T, U]> {
  async function compute(partition: number, task: Task, emit: Emit<[T, U]>): Promise<void> {
    const rights = await collectPartition(right, partition % right.partitions, task)
    if (rights.length === 0) return
    const origin = { partition, describe: (index: number) => `element ${index + 1} of the right side` }
    for await (const chunk of chunksOf(left, Math.floor(partition / right.partitions), task)) {
      for (const one of chunk) await pushAll(ownElements(rights), (other) => emit([one, other]), { task, origin })
    }
  }
  return { partitions: left.partitions * right.partitions, dependencies: [narrow(left), narrow(right)], compute }
}
