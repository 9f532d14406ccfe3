/**
 * A figure and how sure it is: between `low` and `high` with a probability of `confidence`.
 *
 * @example
 * ```ts
 * const words = new SparkContext().parallelize(['row', 'boat'])
 * const count: BoundedDouble = await words.countApprox(1000)
 * count // { mean: 2, confidence: 1, low: 2, high: 2 }
 * ```
 */
export interface BoundedDouble {
  readonly mean: number
  readonly confidence: number
  readonly low: number
  readonly high: number
}

/** A figure that is certain. */
export function certain(mean: number): BoundedDouble {
  return { mean, confidence: 1, low: mean, high: mean }
}

/** Counts that are certain. */
export function certainCounts<K>(counts: ReadonlyMap<K, number>): Map<K, BoundedDouble> {
  return new Map(Array.from(counts, ([key, count]) => [key, certain(count)]))
}
