import type { SourceDescriptor } from '../../ports/source.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { Time } from '../../util/time.ts'

/** A batch as an input stream of one's own makes it; `undefined` and null: the batch has no dataset. */
export type ComputedBatch<T> = RDD<T> | readonly T[] | null | undefined

/** A batch as places that can be read again, each the same whenever it is read. Ranges and positions are JSON. */
export interface CutBatch {
  readonly ranges: readonly unknown[]
  /** What `cut` gets for the next batch. */
  readonly next: unknown
}

/** What an input stream of one's own does, as whoever runs the graph sees it. */
export interface ComputedStream<T> {
  compute(time: Time): ComputedBatch<T> | Promise<ComputedBatch<T>>
  start(): void | Promise<void>
  stop(): void | Promise<void>
  cut?(time: Time, position: unknown): CutBatch | Promise<CutBatch>
  read?(range: unknown): Iterable<T> | AsyncIterable<T> | Promise<Iterable<T>>
}

/** A stream object is made after its descriptor. */
export interface ComputedSourceOptions {
  readonly stream: () => ComputedStream<unknown>
  readonly partitions: number
}

/** Whether it names what a batch reads, instead of making it. */
export function isRanged({ cut, read }: ComputedStream<unknown>): boolean {
  return cut !== undefined && read !== undefined
}

/** Of two kinds, as neither can go on from plans and positions of the other; the stream object says of which. */
export function computedSource({ stream, partitions }: ComputedSourceOptions): SourceDescriptor {
  return {
    get kind() {
      return isRanged(stream()) ? 'ranged' : 'computed'
    },
    options: { stream, partitions },
  }
}
