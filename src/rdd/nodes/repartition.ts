import { hashKey } from '../../util/hash.ts'
import type { Emit, Node, ShuffleDependency, ShuffleWriter, Task } from '../node.ts'
import { readValues } from '../shuffle.ts'
import { checkTarget } from './coalesce.ts'

/** Exactly `count` partitions of nearly equal size, by dealing out each partition's records in turn. */
export function repartitionNode<T>(parent: Node<T>, count: number): Node<T> {
  const reducers = checkTarget(count)
  const dependency: ShuffleDependency = {
    kind: 'shuffle',
    parent,
    reducers,
    writer: (mapPartition) => dealer(mapPartition, reducers),
  }
  return {
    partitions: reducers,
    dependencies: [dependency],
    compute: (partition: number, task: Task, emit: Emit<T>) => readValues({ dependency, partition, task }, emit),
  }
}

/** Partitions begin at different places, or small ones would all send their only record to the first. */
function dealer(mapPartition: number, reducers: number): ShuffleWriter {
  const values = Array.from({ length: reducers }, (): unknown[] => [])
  let to = hashKey(mapPartition) % reducers
  return {
    emit(record) {
      values[to]?.push(record)
      to = to + 1 === reducers ? 0 : to + 1
    },
    blocks: () => values.map((column) => ({ values: column })),
  }
}
