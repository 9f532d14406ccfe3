import { type SourceNodeOptions, sourceNode } from './nodes/source.ts'
import { RDD, type RDDContext } from './rdd.ts'

/**
 * A dataset whose partitions are read from outside, chunk by chunk.
 *
 * @example
 * ```ts
 * sourceRDD(context, {
 *   partitions: ranges.length,
 *   read: (partition, signal) => source.read(ranges[partition], signal),
 *   describe: (partition, index) => source.describe(ranges[partition], index),
 * })
 * ```
 */
export function sourceRDD<T>(sparkContext: RDDContext, options: SourceNodeOptions<T>): RDD<T> {
  return new RDD(sparkContext, sourceNode(options))
}
