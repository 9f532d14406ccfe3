import { type Dependency, type Emit, type Node, narrow, pipedNode, type Task } from '../node.ts'
import { readBlock, type ShuffleRead } from '../shuffle.ts'
import { countDependency } from './count.ts'

/** Each element with its place in the whole. With several partitions, all but the last are computed once more, to count. */
export function zipWithIndexNode<T>(parent: Node<T>): Node<[T, number]> {
  const counts = countDependency(withoutLast(parent))
  const dependencies: Dependency[] = parent.partitions > 1 ? [counts, narrow(parent)] : [narrow(parent)]
  const starts = [0]
  async function compute(partition: number, task: Task, emit: Emit<[T, number]>): Promise<void> {
    let index = await startOf({ dependency: counts, partition: 0, task }, partition, starts)
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

/**
 * The place of a partition's first element. Those that are known are kept, as each partition would else add up all counts before
 * its own; tasks that run at the same time write the same.
 */
async function startOf(read: ShuffleRead, partition: number, starts: number[]): Promise<number> {
  for (let map = starts.length - 1; map < partition; map++) {
    const { values } = await readBlock(read, map)
    starts[map + 1] = (starts[map] as number) + Number(values[0])
  }
  return starts[partition] as number
}
