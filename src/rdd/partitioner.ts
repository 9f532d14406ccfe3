import { SluiceError } from '../util/errors.ts'
import { partitionOfKey } from '../util/hash.ts'

/** Which partition a key belongs to. Two that are equal send every key to the same place, so nothing needs to move. */
export interface Partitioner {
  readonly numPartitions: number
  partition(key: unknown): number
  equals(other: Partitioner | undefined): boolean
}

/** By the key's content, the same for ever: state is stored by it. */
export class HashPartitioner implements Partitioner {
  readonly numPartitions: number

  constructor(numPartitions: number) {
    this.numPartitions = checkPartitions(numPartitions)
  }

  partition(key: unknown): number {
    return partitionOfKey(key, this.numPartitions)
  }

  equals(other: Partitioner | undefined): boolean {
    return other instanceof HashPartitioner && other.numPartitions === this.numPartitions
  }
}

/** The number itself, if it can be a number of partitions. */
export function checkPartitions(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new SluiceError({
    code: 'bad-partition-count',
    kind: 'invalid',
    message: `Positive number of partitions required; give a whole number of at least 1: ${count}`,
  })
}
