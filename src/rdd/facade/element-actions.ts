import { aggregate } from '../actions/aggregate.ts'
import { checkDepth } from '../actions/check-depth.ts'
import { countByKey } from '../actions/count-by-key.ts'
import { emptyCollection, reduce } from '../actions/reduce.ts'
import { take } from '../actions/take.ts'
import { takeOrdered } from '../actions/take-ordered.ts'
import { takeSample } from '../actions/take-sample.ts'
import { toLocalIterator } from '../actions/to-local-iterator.ts'
import { type BoundedDouble, certain, certainCounts } from '../bounded-double.ts'
import { type CallSite, callSite, internalSite } from '../call-site.ts'
import type { Tuple } from '../element.ts'
import { OperatorFailure, RecordError } from '../failure.ts'
import { addKey, estimate, mergeSketches, newSketch } from '../hyper-log-log.ts'
import type { Node } from '../node.ts'
import { mapNode } from '../nodes/map.ts'
import { collectPartition } from '../nodes/map-partitions.ts'
import { type Compare, naturalOrder } from '../ordering.ts'
import { type Zero, zeroMaker } from '../zero.ts'
import { PairTransformations } from './pair-transformations.ts'

/** Actions on any elements: each runs a job. */
export abstract class ElementActions<T> extends PairTransformations<T> {
  /** All elements, in order, in one array that must fit in memory. */
  async collect(): Promise<T[]> {
    const { node } = this
    const parts = await this.runTasks((partition, task) => collectPartition(node, partition, task))
    return parts.flat(1) as T[]
  }
  /** How many elements there are. */
  async count(): Promise<number> {
    const { node } = this
    const counts = await this.runTasks(async (partition, task) => {
      let count = 0
      await node.compute(partition, task, () => {
        count++
      })
      return count
    })
    return counts.reduce((a, b) => a + b, 0)
  }
  /** One element, made by `f` of two at a time; rejects with code `empty-collection` if there is none. */
  reduce(f: (a: T, b: T) => T): Promise<T> {
    return reduce(this.node, f, { run: this.sparkContext.run, site: callSite('reduce', this.reduce) })
  }
  /** `reduce`; `depth`, at least 1, says how many levels a cluster would merge in, and changes nothing here. */
  async treeReduce(f: (a: T, b: T) => T, depth = 2): Promise<T> {
    checkDepth(depth)
    return reduce(this.node, f, { run: this.sparkContext.run, site: callSite('treeReduce', this.treeReduce) })
  }
  /**
   * All elements and `zero` merged by `f`, which may change its first argument. `zero` (a value, copied each time, or a
   * function that makes one) goes in once for each partition and once more at the end.
   */
  fold(zero: Zero<T>, f: (a: T, b: T) => T): Promise<T> {
    return this.#aggregate(zero, { add: f, merge: f, site: callSite('fold', this.fold) })
  }
  /**
   * All elements put into a value of another type: `add` puts an element into what `zero` began for each partition,
   * `merge` joins two of these, beginning with `zero` once more. Both may change their first argument and return it.
   */
  aggregate<U extends Tuple>(zero: Zero<U>, add: (aggregated: U, element: T) => U, merge: (a: U, b: U) => U): Promise<U>
  aggregate<U>(zero: Zero<U>, add: (aggregated: U, element: T) => U, merge: (a: U, b: U) => U): Promise<U>
  aggregate<U>(zero: Zero<U>, add: (aggregated: U, element: T) => U, merge: (a: U, b: U) => U): Promise<U> {
    return this.#aggregate(zero, { add, merge, site: callSite('aggregate', this.aggregate) })
  }
  /** `aggregate`; `depth`, at least 1, says how many levels a cluster would merge in, and changes nothing here. */
  treeAggregate<U extends Tuple>(
    zero: Zero<U>,
    add: (aggregated: U, element: T) => U,
    merge: (a: U, b: U) => U,
    depth?: number,
  ): Promise<U>
  treeAggregate<U>(
    zero: Zero<U>,
    add: (aggregated: U, element: T) => U,
    merge: (a: U, b: U) => U,
    depth?: number,
  ): Promise<U>
  async treeAggregate<U>(
    zero: Zero<U>,
    add: (aggregated: U, element: T) => U,
    merge: (a: U, b: U) => U,
    depth = 2,
  ): Promise<U> {
    checkDepth(depth)
    return this.#aggregate(zero, { add, merge, site: callSite('treeAggregate', this.treeAggregate) })
  }
  /** The largest element; rejects with code `empty-collection` if there is none. */
  max(compare: Compare<T> = naturalOrder): Promise<T> {
    const site = callSite('max', this.max)
    return reduce(this.node, (a, b) => (compare(a, b) >= 0 ? a : b), { run: this.sparkContext.run, site })
  }
  /** The smallest element; rejects with code `empty-collection` if there is none. */
  min(compare: Compare<T> = naturalOrder): Promise<T> {
    const site = callSite('min', this.min)
    return reduce(this.node, (a, b) => (compare(a, b) <= 0 ? a : b), { run: this.sparkContext.run, site })
  }
  /** How often each element is there, compared by value, in a map that must fit in memory. */
  countByValue(): Promise<Map<T, number>> {
    const paired = mapNode(this.node, (element): [T, null] => [element, null], internalSite('countByValue'))
    return countByKey<T>(paired as Node<[T, unknown]>, this.sparkContext.run)
  }
  /** How many elements there are: the exact number, however long it takes (`timeoutMs` only says what Spark would wait). */
  async countApprox(_timeoutMs: number, _confidence = 0.95): Promise<BoundedDouble> {
    return certain(await this.count())
  }
  /** How often each element is there: exact numbers, as those of `countApprox`. */
  async countByValueApprox(_timeoutMs: number, _confidence = 0.95): Promise<Map<T, BoundedDouble>> {
    return certainCounts(await this.countByValue())
  }
  /**
   * About how many different elements there are, compared by value, in a few kilobytes of memory (HyperLogLog): off by
   * `relativeSD`, a share of the count, in two cases out of three at most. One of 0.000017 or less is refused with code
   * `bad-accuracy`.
   */
  async countApproxDistinct(relativeSD = 0.05): Promise<number> {
    const sketch = await this.#aggregate(() => newSketch(relativeSD), {
      add: addKey,
      merge: mergeSketches,
      site: callSite('countApproxDistinct', this.countApproxDistinct),
    })
    return estimate(sketch)
  }
  /** Exactly `count` elements drawn at random, in random order; without replacement, all of them at most. */
  takeSample(withReplacement: boolean, count: number, seed: number = this.sparkContext.nextSeed()): Promise<T[]> {
    return takeSample(this.node, { withReplacement, count, seed, run: this.sparkContext.run })
  }
  /** All elements, to be read with `for await`: one partition is in memory at a time, computed when its turn comes. */
  toLocalIterator(): AsyncIterableIterator<T> {
    return toLocalIterator(this.node, this.sparkContext.run)
  }
  /** The first elements, in order, computing no more partitions than it takes. */
  take(count: number): Promise<T[]> {
    return take(this.node, count, this.sparkContext.run)
  }
  /** The first element; rejects with code `empty-collection` if there is none. */
  async first(): Promise<T> {
    const elements = await this.take(1)
    if (elements.length === 0) throw emptyCollection()
    return elements[0] as T
  }
  /** Whether there is no element, computing no more partitions than it takes to tell. */
  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0
  }
  /** The largest elements, largest first. */
  top(count: number, compare: Compare<T> = naturalOrder): Promise<T[]> {
    return takeOrdered(this.node, count, { run: this.sparkContext.run, compare: (a, b) => compare(b, a) })
  }
  /** The smallest elements, smallest first. */
  takeOrdered(count: number, compare: Compare<T> = naturalOrder): Promise<T[]> {
    return takeOrdered(this.node, count, { run: this.sparkContext.run, compare })
  }
  /** Calls `f` for each element; partitions may be interleaved. */
  async foreach(f: (element: T) => unknown): Promise<void> {
    const node = mapNode(this.node, f, callSite('foreach', this.foreach))
    await this.runTasks((partition, task) => node.compute(partition, task, () => {}))
  }
  /**
   * Calls `f` once for each partition, empty ones too, with its elements to be read with `for await`.
   *
   * @example
   * ```ts
   * const read: string[] = []
   * await new SparkContext().parallelize(['row', 'boat'], 1).foreachPartition(async (words) => {
   *   for await (const word of words) read.push(word)
   * })
   * read // ['row', 'boat']
   * ```
   */
  async foreachPartition(f: (elements: AsyncIterable<T>, partition: number) => unknown): Promise<void> {
    const site = callSite('foreachPartition', this.foreachPartition)
    await this.runPartitions(async (partition, chunks) => {
      await partitionCall(() => f(elementsOf(chunks), partition), site)
    })
  }

  #aggregate<U>(
    zero: Zero<U>,
    how: {
      readonly add: (aggregated: U, element: T) => U
      readonly merge: (a: U, b: U) => U
      readonly site: CallSite
    },
  ): Promise<U> {
    return aggregate(this.node, { ...how, zero: zeroMaker(zero), run: this.sparkContext.run })
  }
}

async function* elementsOf<T>(chunks: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  // Not `yield*`, which would make each element a promise of its own.
  for await (const chunk of chunks) for (const element of chunk) yield element
}

async function partitionCall(call: () => unknown, site: CallSite): Promise<void> {
  try {
    await call()
  } catch (cause) {
    // A record that failed further up reaches us through the user's own loop; it has its place already.
    throw cause instanceof RecordError ? cause : new OperatorFailure(site, cause)
  }
}
