import type { Emit, Node, ShuffleDependency, Task } from '../node.ts'
import { readBlocks } from '../shuffle.ts'

/** One partition with one element, the number of the parent's records; 0 when there are none. */
export function countNode(parent: Node<unknown>): Node<number> {
  const dependency = countDependency(parent)
  async function compute(partition: number, task: Task, emit: Emit<number>): Promise<void> {
    let total = 0
    for await (const block of readBlocks({ dependency, partition, task })) total += Number(block.values[0])
    emit(total)
  }
  return { partitions: 1, dependencies: [dependency], compute }
}

/** A shuffle that carries the number of records of each partition, in their order, to one reducer. */
export function countDependency(parent: Node<unknown>): ShuffleDependency {
  return {
    kind: 'shuffle',
    parent,
    reducers: 1,
    writer() {
      let count = 0
      return {
        emit: () => {
          count++
        },
        blocks: () => [{ values: [count] }],
      }
    },
  }
}
