import { Random } from '../../../src/util/random.ts'

/** Random choices that a seed repeats. */
export class Choices {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + this.#random.nextInt(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#random.nextInt(from.length)] as T
  }
}
