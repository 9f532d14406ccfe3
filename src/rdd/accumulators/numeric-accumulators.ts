import { SluiceError } from '../../util/errors.ts'
import { AccumulatorV2 } from './accumulator.ts'

/** Adds up numbers, and counts them. */
abstract class NumericAccumulator extends AccumulatorV2<number, number> {
  #sum = 0
  #count = 0

  override get isZero(): boolean {
    return this.#sum === 0 && this.#count === 0
  }
  override reset(): void {
    this.#sum = 0
    this.#count = 0
  }
  override add(value: number): void {
    this.#sum += this.checked(value)
    this.#count++
  }
  override merge(other: AccumulatorV2<number, number>): void {
    if (!(other instanceof NumericAccumulator) || other.constructor !== this.constructor) throw cannotMerge(this, other)
    this.#sum += other.sum
    this.#count += other.count
  }

  /** What has been added up. */
  override get value(): number {
    return this.#sum
  }
  /** The same as `value`. */
  get sum(): number {
    return this.#sum
  }
  /** How often something was added. */
  get count(): number {
    return this.#count
  }
  /** Sum by count; NaN when nothing was added. */
  get avg(): number {
    return this.#sum / this.#count
  }

  protected abstract checked(value: number): number
}

/**
 * Adds up whole numbers; another one is refused with code `not-a-whole-number`.
 *
 * @example
 * ```ts
 * const sc = new SparkContext()
 * const letters = sc.longAccumulator('letters')
 * await sc.parallelize(['row', 'boat']).foreach((word) => letters.add(word.length))
 * letters.value // 7
 * letters.avg // 3.5
 * ```
 */
export class LongAccumulator extends NumericAccumulator {
  override copy(): LongAccumulator {
    const copy = new LongAccumulator()
    copy.merge(this)
    return copy
  }

  protected override checked(value: number): number {
    if (Number.isInteger(value)) return value
    throw new SluiceError({
      code: 'not-a-whole-number',
      kind: 'invalid',
      message: `A long accumulator takes whole numbers; use doubleAccumulator for others: ${value}`,
    })
  }
}

/**
 * Adds up numbers of any kind.
 *
 * @example
 * ```ts
 * const sc = new SparkContext()
 * const distance = sc.doubleAccumulator('distance')
 * await sc.parallelize([0.5, 0.25]).foreach((km) => distance.add(km))
 * distance.sum // 0.75
 * distance.count // 2
 * ```
 */
export class DoubleAccumulator extends NumericAccumulator {
  override copy(): DoubleAccumulator {
    const copy = new DoubleAccumulator()
    copy.merge(this)
    return copy
  }

  protected override checked(value: number): number {
    return value
  }
}

/** Spark's error for two accumulators of different classes. */
export function cannotMerge(into: object, other: object): SluiceError {
  return new SluiceError({
    code: 'cannot-merge-accumulators',
    kind: 'invalid',
    message: `Cannot merge ${into.constructor.name} with ${other.constructor.name}; merge only what copy() gave`,
  })
}
