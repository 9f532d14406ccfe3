import { callSite } from '../../rdd/call-site.ts'
import type { Element } from '../../rdd/element.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { Time } from '../../util/time.ts'
import type { DStream } from '../dstream.ts'
import { countStream } from '../operators/count.ts'
import { filterStream } from '../operators/filter.ts'
import { flatMapStream } from '../operators/flat-map.ts'
import { mapStream } from '../operators/map.ts'
import { transformStream } from '../operators/transform.ts'
import { unionStream } from '../operators/union.ts'
import { StreamBase } from './stream-base.ts'

/** Operators without state on any elements. */
export abstract class ElementOperations<T> extends StreamBase<T> {
  /** What `f` returns for each element. */
  map<U extends Element>(f: (element: T) => U): DStream<U> {
    return this.derive(mapStream(this.node, f, callSite('map', this.map)))
  }
  /** All items that `f` returns for each element, in order; a string gives its characters. */
  flatMap<U extends Element>(f: (element: T) => Iterable<U>): DStream<U> {
    return this.derive(flatMapStream(this.node, f, callSite('flatMap', this.flatMap)))
  }
  /** The elements for which `f` holds. */
  filter<U extends T>(f: (element: T) => element is U): DStream<U>
  filter(f: (element: T) => unknown): DStream<T>
  filter(f: (element: T) => unknown): DStream<T> {
    return this.derive(filterStream(this.node, f, callSite('filter', this.filter)))
  }
  /** The elements of both, one dataset after the other. */
  union(other: DStream<T>): DStream<T> {
    return this.derive(unionStream([this.node, other.node], callSite('union', this.union)))
  }
  /** One element a batch: how many there were. */
  count(): DStream<number> {
    return this.derive(countStream(this.node, callSite('count', this.count)))
  }
  /**
   * Makes each dataset by a function of the parent's; it runs wherever tasks run, and may depend on its arguments only.
   *
   * @example
   * ```ts
   * words.transform((rdd) => rdd.sortBy((word) => word)) // [['row', 'row'], ['boat', 'row', 'your']]
   * ```
   */
  transform<U>(f: (rdd: RDD<T>, time: Time) => RDD<U> | Promise<RDD<U>>): DStream<U> {
    const site = callSite('transform', this.transform)
    return this.derive(transformStream<U>([this.node], ([rdd], time) => f(rdd as RDD<unknown> as RDD<T>, time), site))
  }
}
