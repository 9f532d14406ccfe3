import type { RDD } from '../rdd/rdd.ts'
import type { Time } from '../util/time.ts'
import type { StreamNode } from './stream-node.ts'

/** Gives the datasets of a stream for times that were or will be. Attached to a graph by whoever runs it. */
export interface Slicer {
  /** The datasets of all valid times from `from` to `to`, both inclusive; none for batches without one. */
  slice<T>(node: StreamNode<T>, from: Time, to: Time): Promise<RDD<T>[]>
}
