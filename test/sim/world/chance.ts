import { Random } from '../../../src/util/random.ts'

/** Everything that a run leaves to chance comes from one of these, so that its seed repeats it. */
export class Chance extends Random {
  /** True so often. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number from `low` to `high`, both inclusive. */
  between(low: number, high: number): number {
    return low + this.nextInt(high - low + 1)
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.nextInt(choices.length)]
    if (choice === undefined) throw new Error('there is nothing to choose from')
    return choice
  }
}
