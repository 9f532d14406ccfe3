import type { SourceDescriptor } from '../../ports/source.ts'
import { RDD } from '../../rdd/rdd.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'

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

/** A queue may be filled later; what is in it by now is looked at, as is what stands in for it. */
export function queueSource<T>(options: QueueSourceOptions<T>): SourceDescriptor {
  const { queue, oneAtATime, defaultRDD } = options
  if (!Array.isArray(queue))
    throw badOption("A queue stream takes an array of batches, as in queueStream([['row']])", queue)
  if (typeof oneAtATime !== 'boolean') throw badOption('oneAtATime of a queue stream is true or false', oneAtATime)
  for (const item of [...queue, defaultRDD]) checkItem(item)
  return { kind: 'queue', options: { ...options } }
}

/** Refuses what is no batch, with code `bad-option`. */
export function checkItem<T>(item: QueueItem<T>): QueueItem<T> {
  if (item === undefined || item === null || Array.isArray(item) || item instanceof RDD) return item
  throw badOption('A batch of a queue stream is an array, a dataset, or null for none', item)
}

/** An empty queue with a default: the same in every batch. */
export function constantSource<T>(rdd: RDD<T> | readonly T[], partitions: number): SourceDescriptor {
  if (rdd !== undefined && rdd !== null) {
    return queueSource({ queue: [], oneAtATime: true, defaultRDD: rdd, partitions })
  }
  throw badOption('A constant stream needs a dataset or an array, which may be empty', rdd)
}

function badOption(rule: string, got: unknown): SluiceError {
  return new SluiceError({ code: 'bad-option', kind: 'invalid', message: `${rule}: ${excerpt(got)}` })
}
