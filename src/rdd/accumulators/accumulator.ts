import { SluiceError } from '../../util/errors.ts'

/**
 * Something that tasks add to and the program reads. Subclass it for merges of your own, and give it to
 * `SparkContext.register`. In actions each successful task counts once, however often it was tried; in transformations
 * it counts as often as it is computed. Within a task only `add` may be used.
 *
 * @example
 * ```ts
 * class Longest extends AccumulatorV2<string, string> {
 *   value = ''
 *   get isZero() {
 *     return this.value === ''
 *   }
 *   copy() {
 *     const copy = new Longest()
 *     copy.value = this.value
 *     return copy
 *   }
 *   reset() {
 *     this.value = ''
 *   }
 *   add(word: string) {
 *     if (word.length > this.value.length) this.value = word
 *   }
 *   merge(other: Longest) {
 *     this.add(other.value)
 *   }
 * }
 * const sc = new SparkContext()
 * const longest = new Longest()
 * sc.register(longest, 'longest word')
 * await sc.parallelize(['row', 'boat']).foreach((word) => longest.add(word))
 * longest.value // 'boat'
 * longest.name // 'longest word'
 * longest.isRegistered // true
 * ```
 */
export abstract class AccumulatorV2<IN, OUT> {
  #registration: { readonly id: number; readonly name: string | undefined } | undefined

  /** Whether nothing has been added. */
  abstract get isZero(): boolean
  /** Another one with the same content. */
  abstract copy(): AccumulatorV2<IN, OUT>
  /** Makes it as if nothing had been added. */
  abstract reset(): void
  /** Takes one input in. */
  abstract add(value: IN): void
  /** Takes in what another one of the same class has. */
  abstract merge(other: AccumulatorV2<IN, OUT>): void
  /** What has been added up; in the program, not in tasks. */
  abstract get value(): OUT

  /** A copy in which nothing has been added. */
  copyAndReset(): AccumulatorV2<IN, OUT> {
    const copy = this.copy()
    copy.reset()
    return copy
  }

  /** Unique in this process; throws code `accumulator-unregistered` before it is registered. */
  get id(): number {
    return this.#registered().id
  }

  /** As given when it was registered. */
  get name(): string | undefined {
    return this.#registered().name
  }

  /** Whether `SparkContext.register` has it. */
  get isRegistered(): boolean {
    return this.#registration !== undefined
  }

  /** To be called by `SparkContext.register` alone. */
  registered(registration: { readonly id: number; readonly name: string | undefined }): void {
    if (this.#registration) {
      throw new SluiceError({
        code: 'accumulator-registered',
        kind: 'invalid',
        message: `Cannot register an Accumulator twice; make a new one: ${this.#registration.name ?? this.#registration.id}`,
      })
    }
    this.#registration = registration
  }

  /** `Longest(id: 0, name: Some(longest word), value: boat)`, as in Spark. */
  toString(): string {
    const { name } = this.constructor
    if (!this.#registration) return `Un-registered Accumulator: ${name}`
    const named = this.#registration.name === undefined ? 'None' : `Some(${this.#registration.name})`
    return `${name}(id: ${this.#registration.id}, name: ${named}, value: ${this.value})`
  }

  #registered(): { readonly id: number; readonly name: string | undefined } {
    if (this.#registration) return this.#registration
    throw new SluiceError({
      code: 'accumulator-unregistered',
      kind: 'invalid',
      message: 'The accumulator is not registered yet; give it to SparkContext.register first',
    })
  }
}
