import { callSite } from '../../rdd/call-site.ts'
import type { Value } from '../../rdd/element.ts'
import type { Partitioning } from '../../rdd/partitioner.ts'
import type { Duration } from '../../util/time.ts'
import type { DStream } from '../dstream.ts'
import { groupByKeyStream } from '../operators/group-by-key.ts'
import { mergeGroupsStream } from '../operators/merge-groups.ts'
import { pairWithStream } from '../operators/pair-with.ts'
import type { Reduction } from '../operators/reduce-by-key.ts'
import { reduceByKeyAndInverseWindowStream } from '../operators/reduce-by-key-and-inverse-window.ts'
import { reduceByKeyAndWindowStream } from '../operators/reduce-by-key-and-window.ts'
import { valuesStream } from '../operators/values.ts'
import { windowStream } from '../operators/window.ts'
import { windowDurations } from '../operators/window-durations.ts'
import type { StreamNode } from '../stream-node.ts'
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
  reduceByKeyAndWindow<K, V extends Value>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    window: Duration,
    slide?: Duration,
    partitioning?: Partitioning,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V extends Value>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    inverse: Pairing<V>,
    window: Duration,
    slide?: Duration,
    partitioning?: Partitioning,
    filterFunc?: (pair: [K, V]) => unknown,
  ): DStream<[K, V]>
  reduceByKeyAndWindow<K, V extends Value>(
    this: DStream<[K, V]>,
    f: Pairing<V>,
    ...rest: readonly unknown[]
  ): DStream<[K, V]> {
    const site = callSite('reduceByKeyAndWindow', this.reduceByKeyAndWindow)
    const inverse = typeof rest[0] === 'function' ? (rest[0] as Pairing<V>) : undefined
    const [window, slide, partitioning, filter] = (inverse ? rest.slice(1) : rest) as WindowArguments<K, V>
    const partitioner = this.partitionerOr(partitioning)
    return this.derive(slidingStream(this.node, { f, inverse, filter, partitioner, site, window, slide }))
  }
  /** All values of each key over the last `window`, in order, in one array; every `slide`. */
  groupByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    window: Duration,
    slide?: Duration,
    partitioning?: Partitioning,
  ): DStream<[K, V[]]> {
    const site = callSite('groupByKeyAndWindow', this.groupByKeyAndWindow)
    const partitioner = this.partitionerOr(partitioning)
    const durations = windowDurations(this.node, { window, slide }, 'windowed DStream')
    const groups = this.graph.add(groupByKeyStream(this.node, partitioner, site))
    const panes = this.graph.add(windowStream(groups, durations, site))
    return this.derive({ ...mergeGroupsStream(panes, partitioner, site), named: panes })
  }
  /**
   * All elements of the last `window`, every `slide`; both are multiples of this stream's slide.
   *
   * @example
   * ```ts
   * words.window(seconds(2)) // [['row', 'row'], ['row', 'row', 'row', 'your', 'boat']]
   * ```
   */
  window(window: Duration, slide?: Duration): DStream<T> {
    const durations = windowDurations(this.node, { window, slide }, 'windowed DStream')
    return this.derive(windowStream(this.node, durations, callSite('window', this.window)))
  }
  /**
   * One element, made by an associative `f` of those of the last `window`; none while there are none. With `inverse`, which
   * undoes `f`, the element stays when the window is empty: as what is left.
   *
   * @example
   * ```ts
   * const lengths = words.map((word) => word.length)
   * lengths.reduceByWindow((a, b) => Math.max(a, b), seconds(2), seconds(1)) // [[3], [4]]
   * lengths.reduceByWindow((a, b) => a + b, (a, b) => a - b, seconds(2), seconds(1)) // [[6], [17]]
   * ```
   */
  reduceByWindow(f: Pairing<T>, window: Duration, slide: Duration): DStream<T>
  reduceByWindow(f: Pairing<T>, inverse: Pairing<T>, window: Duration, slide: Duration): DStream<T>
  reduceByWindow(f: Pairing<T>, ...rest: readonly unknown[]): DStream<T> {
    const site = callSite('reduceByWindow', this.reduceByWindow)
    const inverse = typeof rest[0] === 'function' ? (rest[0] as Pairing<T>) : undefined
    const [window, slide] = (inverse ? rest.slice(1) : rest) as readonly [Duration, Duration]
    return this.#ofAll((element) => element, { f, inverse, window, slide, site })
  }
  /** How many elements there were in the last `window`; nothing before the first ever, 0 when all have left. */
  countByWindow(window: Duration, slide: Duration): DStream<number> {
    const site = callSite('countByWindow', this.countByWindow)
    return this.#ofAll<number>(() => 1, { f: sum, inverse: difference, window, slide, site })
  }
  /** How often each element was there in the last `window`, if at all. */
  countByValueAndWindow(window: Duration, slide: Duration, partitioning?: Partitioning): DStream<[T, number]> {
    const site = callSite('countByValueAndWindow', this.countByValueAndWindow)
    const ones = pairWithStream<T, T, number>(this.node, { key: (element) => element, value: () => 1, site })
    const filter = ([, count]: [T, number]): boolean => count !== 0
    const partitioner = this.partitionerOr(partitioning)
    const sliding = { f: sum, inverse: difference, filter, partitioner, site, window, slide }
    return this.derive(slidingStream(this.graph.add(ones), sliding))
  }

  /** A window over all elements as if they had one key. */
  #ofAll<U>(value: (element: T) => U, window: Omit<Sliding<null, U>, 'partitioner' | 'filter'>): DStream<U> {
    const { site } = window
    const keyed = this.graph.add(pairWithStream<T, null, U>(this.node, { key: () => null, value, site }))
    const sliding = slidingStream(keyed, { ...window, filter: undefined, partitioner: this.partitionerOr(1) })
    return this.derive(valuesStream(this.graph.add(sliding), site))
  }
}

type WindowArguments<K, V> = readonly [Duration, Duration?, Partitioning?, ((pair: [K, V]) => unknown)?]

interface Sliding<K, V> extends Reduction<V> {
  readonly inverse: Pairing<V> | undefined
  readonly filter: ((pair: [K, V]) => unknown) | undefined
  readonly window: Duration
  readonly slide: Duration | undefined
}

function slidingStream<K, V>(parent: StreamNode<[K, V]>, sliding: Sliding<K, V>): StreamNode<[K, V]> {
  const { inverse, window, slide } = sliding
  const durations = windowDurations(parent, { window, slide }, inverse ? 'ReducedWindowedDStream' : 'windowed DStream')
  return inverse
    ? reduceByKeyAndInverseWindowStream(parent, { ...sliding, inverse }, durations)
    : reduceByKeyAndWindowStream(parent, sliding, durations)
}

const sum = (a: number, b: number): number => a + b
const difference = (a: number, b: number): number => a - b
