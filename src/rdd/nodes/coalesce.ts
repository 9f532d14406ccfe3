import { SluiceError } from '../../util/errors.ts'
import { type Node, narrow } from '../node.ts'

/** Neighbouring partitions merged, without moving data between tasks: 10 into 3 gives 3, 3 and 4. Never more than there are. */
export function coalesceNode<T>(parent: Node<T>, count: number): Node<T> {
  const partitions = Math.min(checkTarget(count), parent.partitions)
  const start = (partition: number): number => Math.floor((partition * parent.partitions) / partitions)
  return {
    partitions,
    partitioner: partitions === parent.partitions ? parent.partitioner : undefined,
    dependencies: [narrow(parent)],
    async compute(partition, task, emit) {
      for (let at = start(partition); at < start(partition + 1); at++) await parent.compute(at, task, emit)
    },
  }
}

/** The number itself, if a dataset can be brought to so many partitions. */
export function checkTarget(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new SluiceError({
    code: 'bad-partition-count',
    kind: 'invalid',
    message: `Number of partitions (${count}) must be positive, and a whole number`,
  })
}
