import { type Dependency, type Emit, type Node, narrow, pipedNode, type ShuffleDependency, type Task } from '../node.ts'
import { readBlock } from '../shuffle.ts'
import { countDependency } from './count.ts'

/** Each element with its place in the whole. With several partitions, all but the last are computed once more, to count. */
export function zipWithIndexNode<T>(parent: Node<T>): Node<[T, number]> {
  const counts = countDependency(withoutLast(parent))
  const dependencies: Dependency[] = parent.partitions > 1 ? [counts, narrow(parent)] : [narrow(parent)]
  async function compute(partition: number, task: Task, emit: Emit<[T, number]>): Promise<void> {
    let index = partition === 0 ? 0 : await countBefore(counts, partition, task)
    await parent.compute(partition, task, (record) => emit([record, index++]))
  }
  return { partitions: parent.partitions, dependencies, compute }
}

/** Each element with a number that no other has: the `k`-th of partition `i` of `n` gets `k·n + i`. Nothing is counted. */
export function zipWithUniqueIdNode<T>(parent: Node<T>): Node<[T, number]> {
  return pipedNode(parent, (next, partition) => {
    let id = partition - parent.partitions
    return (record) => {
      id += parent.partitions
      next([record, id])
    }
  })
}

function withoutLast<T>(parent: Node<T>): Node<T> {
  return {
    partitions: Math.max(0, parent.partitions - 1),
    dependencies: [narrow(parent)],
    compute: (partition, task, emit) => parent.compute(partition, task, emit),
  }
}

async function countBefore(dependency: ShuffleDependency, partition: number, task: Task): Promise<number> {
  let before = 0
  const earlier = Math.min(partition, dependency.parent.partitions)
  for (let map = 0; map < earlier; map++) {
    const { values } = await readBlock({ dependency, partition: 0, task }, map)
    before += Number(values[0])
  }
  return before
}
