import { type SourceNodeOptions, sourceNode } from './nodes/source.ts'
import { RDD } from './rdd.ts'
import type { RDDContext } from './rdd-context.ts'

/**
 * A dataset whose partitions are read from outside, chunk by chunk.
 *
 * @example
 * ```ts
 * const words = sourceRDD(new SparkContext(), {
 *   partitions: 2,
 *   async *read(partition) {
 *     yield partition === 0 ? ['row', 'row'] : ['boat']
 *   },
 *   describe: (partition, index) => `word ${index + 1} of part ${partition}`,
 * })
 * words // ['row', 'row', 'boat']
 * ```
 */
export function sourceRDD<T>(sparkContext: RDDContext, options: SourceNodeOptions<T>): RDD<T> {
  return new RDD(sparkContext, sourceNode(options))
}
