import { ownElements } from '../own-element.ts'
import { AccumulatorV2 } from './accumulator.ts'
import { cannotMerge } from './numeric-accumulators.ts'

/**
 * Collects elements, in the order in which tasks end, as they are then; they must fit in memory.
 *
 * @example
 * ```ts
 * const sc = new SparkContext()
 * const odd = sc.collectionAccumulator<string>('odd words')
 * await sc.parallelize(['row', 'boat'], 1).foreach((word) => word.length % 2 === 1 && odd.add(word))
 * odd.value // ['row']
 * ```
 */
export class CollectionAccumulator<T> extends AccumulatorV2<T, readonly T[]> {
  #elements: T[] = []

  override get isZero(): boolean {
    return this.#elements.length === 0
  }
  override copy(): CollectionAccumulator<T> {
    const copy = new CollectionAccumulator<T>()
    copy.merge(this)
    return copy
  }
  override reset(): void {
    this.#elements = []
  }
  override add(element: T): void {
    this.#elements.push(element)
  }
  override merge(other: AccumulatorV2<T, readonly T[]>): void {
    if (!(other instanceof CollectionAccumulator)) throw cannotMerge(this, other)
    for (const element of ownElements(other.value as readonly T[])) this.#elements.push(element)
  }

  /** What has been added so far; later additions do not change it. */
  override get value(): readonly T[] {
    return [...this.#elements]
  }
}
