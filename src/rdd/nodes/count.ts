import { type Emit, type Node, narrow, type ShuffleDependency, type Task } from '../node.ts'
import { readBlock } from '../shuffle.ts'

/** One element, the number of the parent's records, in the first partition; 0 when there are none. */
export function countNode(parent: Node<unknown>, partitions: number): Node<number> {
  const dependency = countDependency(parent)
  async function compute(partition: number, task: Task, emit: Emit<number>): Promise<void> {
    if (partition > 0) return
    let total = 0
    for (let map = 0; map < parent.partitions; map++) {
      const { values } = await readBlock({ dependency, partition, task }, map)
      total += Number(values[0])
    }
    emit(total)
  }
  return { partitions, dependencies: [dependency], compute }
}

/** A shuffle that carries the number of records of each partition, in their order, to one reducer. */
export function countDependency(parent: Node<unknown>): ShuffleDependency {
  const { size } = parent
  const sized = size && sizeNode(parent, size)
  return {
    kind: 'shuffle',
    parent: sized ?? parent,
    reducers: 1,
    writer() {
      let count = 0
      return {
        emit: (record) => {
          count += sized ? Number(record) : 1
        },
        blocks: () => [{ values: [count] }],
      }
    },
  }
}

/** One number a partition, instead of its records. */
function sizeNode(parent: Node<unknown>, size: NonNullable<Node<unknown>['size']>): Node<number> {
  return {
    partitions: parent.partitions,
    dependencies: [narrow(parent)],
    compute: async (partition, _task, emit) => emit(await size(partition)),
  }
}
