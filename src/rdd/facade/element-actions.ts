import { emptyCollection, reduce } from '../actions/reduce.ts'
import { take } from '../actions/take.ts'
import { takeOrdered } from '../actions/take-ordered.ts'
import { type CallSite, callSite } from '../call-site.ts'
import { OperatorFailure, RecordError } from '../failure.ts'
import { mapNode } from '../nodes/map.ts'
import { collectPartition } from '../nodes/map-partitions.ts'
import { type Compare, naturalOrder } from '../ordering.ts'
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
}

async function* elementsOf<T>(chunks: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const chunk of chunks) yield* chunk
}

async function partitionCall(call: () => unknown, site: CallSite): Promise<void> {
  try {
    await call()
  } catch (cause) {
    // A record that failed further up reaches us through the user's own loop; it has its place already.
    throw cause instanceof RecordError ? cause : new OperatorFailure(site, cause)
  }
}
