import { callSite } from '../../rdd/call-site.ts'
import type { Duration } from '../../util/time.ts'
import type { DStream } from '../dstream.ts'
import { reduceByKeyAndInverseWindowStream } from '../operators/reduce-by-key-and-inverse-window.ts'
import { reduceByKeyAndWindowStream } from '../operators/reduce-by-key-and-window.ts'
import { windowDurations } from '../operators/window-durations.ts'
import { PairOperations } from './pair-operations.ts'

type Pairing<V> = (a: V, b: V) => V

/** Operators over the last so many batches. */
export abstract class WindowOperations<T> extends PairOperations<T> {
  /**
   * Each key's values over the last `window`, every `slide`; both are multiples of this stream's slide. With `inverse`,
   * which undoes `f`, a window is carried on instead of merged again, and keys stay until `filterFunc` drops them.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const recent = ones.reduceByKeyAndWindow((a, b) => a + b, seconds(2))
   * recent // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * const carried = ones.reduceByKeyAndWindow((a, b) => a + b, (a, b) => a - b, seconds(2), seconds(2))
   * carried // [[['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    window: Duration,
    slide?: Duration,
    numPartitions?: number,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    inverse: Pairing<V>,
    window: Duration,
    slide?: Duration,
    numPartitions?: number,
    filterFunc?: (pair: [K, V]) => unknown,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V>(this: DStream<[K, V]>, f: Pairing<V>, ...rest: readonly unknown[]): DStream<[K, V]> {
    const site = callSite('reduceByKeyAndWindow', this.reduceByKeyAndWindow)
    const inverse = typeof rest[0] === 'function' ? (rest[0] as Pairing<V>) : undefined
    const [window, slide, numPartitions, filter] = (inverse ? rest.slice(1) : rest) as WindowArguments<K, V>
    const stream = inverse ? 'ReducedWindowedDStream' : 'windowed DStream'
    const durations = windowDurations(this.node, { window, slide }, stream)
    const reduction = { f, partitions: this.partitionsOr(numPartitions), site }
    return this.derive(
      inverse
        ? reduceByKeyAndInverseWindowStream(this.node, { ...reduction, inverse, filter }, durations)
        : reduceByKeyAndWindowStream(this.node, reduction, durations),
    )
  }
}

type WindowArguments<K, V> = readonly [Duration, Duration?, number?, ((pair: [K, V]) => unknown)?]
