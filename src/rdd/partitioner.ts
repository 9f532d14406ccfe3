import { SluiceError } from '../util/errors.ts'
import { partitionOfKey } from '../util/hash.ts'
import type { RunTasks } from './node.ts'

/** Which partition a key belongs to. Two that are equal send every key to the same place, so nothing needs to move. */
export interface Partitioner {
  readonly numPartitions: number
  partition(key: unknown): number
  equals(other: Partitioner | undefined): boolean
  /** Looks at data first, if that is needed to tell partitions. Called before a shuffle; many times, it works once. */
  prepare?(run: RunTasks): Promise<void>
}

/**
 * Partitions by the key's content, the same for ever: state is stored by it. A number that is not whole and positive is
 * refused with code `bad-partition-count`.
 *
 * @example
 * ```ts
 * const partitioner = new HashPartitioner(2)
 * partitioner.partition('row') // 1
 * partitioner.partition('stream') // 0
 * partitioner.equals(new HashPartitioner(2)) // true
 * new HashPartitioner(0) // throws 'bad-partition-count'
 * ```
 */
export class HashPartitioner implements Partitioner {
  readonly numPartitions: number

  constructor(numPartitions: number) {
    this.numPartitions = checkPartitions(numPartitions)
  }

  /** From 0 to before `numPartitions`; keys that are none are refused with code `unsupported-key`. */
  partition(key: unknown): number {
    return partitionOfKey(key, this.numPartitions)
  }

  /** Whether the other sends every key to the same place. */
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

/** A number of partitions, or who partitions. */
export type Partitioning = number | Partitioner
