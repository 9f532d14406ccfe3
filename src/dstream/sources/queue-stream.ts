import type { SourceDescriptor } from '../../ports/source.ts'
import type { RDD } from '../../rdd/rdd.ts'
import { SluiceError } from '../../util/errors.ts'

/** A queue's items: whole batches. `undefined` and `null` are batches without a dataset. */
export type QueueItem<T> = readonly T[] | RDD<T> | null | undefined

/** What a queue stream reads from. */
export interface QueueSourceOptions<T> {
  readonly queue: readonly QueueItem<T>[]
  /** Whether a batch takes one item, or all there are. */
  readonly oneAtATime: boolean
  /** Instead of nothing, when the queue is empty. */
  readonly defaultRDD: RDD<T> | readonly T[] | null | undefined
  /** Of items that are arrays. */
  readonly partitions: number
}

export function queueSource<T>(options: QueueSourceOptions<T>): SourceDescriptor {
  return { kind: 'queue', options: { ...options } }
}

/** An empty queue with a default: the same in every batch. */
export function constantSource<T>(rdd: RDD<T> | readonly T[], partitions: number): SourceDescriptor {
  if (rdd !== undefined && rdd !== null) {
    return queueSource({ queue: [], oneAtATime: true, defaultRDD: rdd, partitions })
  }
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `A constant stream needs a dataset or an array, which may be empty: ${String(rdd)}`,
  })
}
