/**
 * Count, mean, variance, minimum and maximum of numbers, computed in one pass that does not lose precision, with Spark's
 * methods.
 *
 * @example
 * ```ts
 * const stats = new StatCounter([1, 2, 3, 4])
 * stats.mean // 2.5
 * stats.variance // 1.25
 * stats.count // 4
 * stats.sum // 10
 * stats.min // 1
 * stats.popVariance // 1.25
 * stats.sampleVariance // 5 / 3
 * new StatCounter([1, 3]).stdev // 1
 * new StatCounter([1, 3]).popStdev // 1
 * new StatCounter([1, 3]).sampleStdev // Math.SQRT2
 * stats.copy().count // 4
 * stats.merge(new StatCounter([10])).max // 10
 * String(new StatCounter([1, 3])) // '(count: 2, mean: 2.000000, stdev: 1.000000, max: 3.000000, min: 1.000000)'
 * ```
 */
export class StatCounter {
  #count = 0
  #mean = 0
  /** Sum of the squared distances from the mean. */
  #squares = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  constructor(values: Iterable<number> = []) {
    for (const value of values) this.merge(value)
  }

  /** Takes in a number, or all that another counter has seen. */
  merge(other: number | StatCounter): this {
    if (typeof other === 'number') this.#add(other)
    else if (other.#count > 0) this.#combine(other === this ? other.copy() : other)
    return this
  }

  /** Another counter that has seen the same. */
  copy(): StatCounter {
    return new StatCounter().merge(this)
  }

  /** How many numbers it has seen. */
  get count(): number {
    return this.#count
  }
  /** NaN when there is none. */
  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#mean
  }
  /** 0 when there is none. */
  get sum(): number {
    return this.#count * this.#mean
  }
  /** Infinity when there is none. */
  get min(): number {
    return this.#min
  }
  /** -Infinity when there is none. */
  get max(): number {
    return this.#max
  }
  /** Of the whole population: divided by the count. NaN when there is none. */
  get variance(): number {
    return this.#count === 0 ? Number.NaN : this.#squares / this.#count
  }
  /** The same as `variance`. */
  get popVariance(): number {
    return this.variance
  }
  /** Of a sample: divided by the count less one. NaN for fewer than two. */
  get sampleVariance(): number {
    return this.#count <= 1 ? Number.NaN : this.#squares / (this.#count - 1)
  }
  /** Of the whole population. */
  get stdev(): number {
    return Math.sqrt(this.variance)
  }
  /** The same as `stdev`. */
  get popStdev(): number {
    return this.stdev
  }
  /** Of a sample. */
  get sampleStdev(): number {
    return Math.sqrt(this.sampleVariance)
  }

  /** As Spark prints it, with six decimals. */
  toString(): string {
    const shown = { mean: this.mean, stdev: this.stdev, max: this.max, min: this.min }
    const parts = Object.entries(shown).map(([name, value]) => `${name}: ${value.toFixed(6)}`)
    return `(count: ${this.#count}, ${parts.join(', ')})`
  }

  #add(value: number): void {
    const delta = value - this.#mean
    this.#count++
    this.#mean += delta / this.#count
    this.#squares += delta * (value - this.#mean)
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
  }

  #combine(other: StatCounter): void {
    const count = this.#count + other.#count
    const delta = other.#mean - this.#mean
    // Of two parts of very different size, the small one moves the mean of the large one: rounding stays small.
    if (other.#count * 10 < this.#count) this.#mean += (delta * other.#count) / count
    else if (this.#count * 10 < other.#count) this.#mean = other.#mean - (delta * this.#count) / count
    else this.#mean = (this.#mean * this.#count + other.#mean * other.#count) / count
    this.#squares += other.#squares + (delta * delta * this.#count * other.#count) / count
    this.#count = count
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }
}
