import type { Key } from '../apps/app-spec.ts'
import { Chance } from './chance.ts'
import type { Scenario } from './scenario.ts'

/** One of the records of an answer: a pair, and which answer it is of. */
export type Handout = readonly [key: Key, value: number, answer: number]

/** So many records has an answer at most; some have none. */
const MOST_RECORDS = 4

/** A queue outside that hands over what it has to whoever asks, and forgets it: no two answers have a record in common. */
export class Handouts {
  readonly #keys: readonly Key[]
  readonly #chance: Chance
  readonly #answers: (readonly Handout[])[] = []

  constructor({ seed, keys }: Scenario) {
    this.#keys = keys
    this.#chance = new Chance(seed, 26)
  }

  ask(): readonly Handout[] {
    const number = this.#answers.length
    const handout = (): Handout => [this.#chance.pick(this.#keys), this.#chance.between(-20, 100), number]
    const answer = Array.from({ length: this.#chance.between(0, MOST_RECORDS) }, handout)
    this.#answers.push(answer)
    return answer
  }

  /** What somebody was told once, for whoever watches. */
  answer(number: number): readonly Handout[] | undefined {
    return this.#answers[number]
  }
}
