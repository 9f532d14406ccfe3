import { callSite } from '../rdd/call-site.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { Time } from '../util/time.ts'
import type { DStream } from './dstream.ts'
import { InputStreams } from './facade/input-streams.ts'
import { transformStream } from './operators/transform.ts'
import { unionStream } from './operators/union.ts'

/**
 * What `build` declares an application with: all of Spark's `StreamingContext` but the life cycle. What is declared
 * after the start is refused with code `graph-closed`. Below, the batches of each stream:
 *
 * @example
 * ```ts
 * const lines = ssc.queueStream([['row row'], ['row your boat']]) // [['row row'], ['row your boat']]
 * const words = lines.flatMap((line) => line.split(' '))
 * ssc.union([words, words]).count() // [[4], [6]]
 * ssc.batchInterval // seconds(1)
 * ```
 */
export class StreamBuilder extends InputStreams {
  /** The elements of all streams, which must have one slide. */
  union<T>(streams: readonly DStream<T>[]): DStream<T> {
    const nodes = streams.map((stream) => stream.node)
    return this.stream(unionStream(nodes, callSite('union', this.union)))
  }

  /**
   * A stream whose datasets `f` makes from those of all `streams`.
   *
   * @example
   * ```ts
   * const both = ssc.transform([lines, words], (rdds) => ssc.sparkContext.union<string>(rdds))
   * both.count() // [[3], [4]]
   * ```
   */
  transform<U>(
    streams: readonly DStream<unknown>[],
    f: (rdds: readonly RDD<never>[], time: Time) => RDD<U> | Promise<RDD<U>>,
  ): DStream<U> {
    const nodes = streams.map((stream) => stream.node)
    return this.stream(transformStream(nodes, f, callSite('transform', this.transform)))
  }
}
