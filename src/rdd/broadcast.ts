import { SluiceError } from '../util/errors.ts'

/** Numbers name broadcasts in messages; they belong to the process, not to a batch's context. */
let broadcasts = 0

/**
 * A value that every task reads and none changes. It is not bound to the context that made it: a broadcast that one
 * batch made serves all later batches of the process. A new process has none, so keep it in a lazily made singleton.
 *
 * @example
 * ```ts
 * const stopWords = new SparkContext().broadcast(new Set(['your']))
 * stopWords.value.has('your') // true
 * stopWords.unpersist()
 * stopWords.value.size // 1
 * stopWords.destroy()
 * stopWords.value // throws 'broadcast-destroyed'
 * ```
 */
export class Broadcast<T> {
  /** Unique in this process. */
  readonly id: number = broadcasts++
  #state: { readonly value: T } | undefined

  constructor(value: T) {
    this.#state = { value }
  }

  /** The value itself; throws code `broadcast-destroyed` after `destroy`. */
  get value(): T {
    return this.#alive('use').value
  }

  /** Drops copies that tasks elsewhere made of the value; it is sent again when it is next used. */
  unpersist(): void {
    this.#alive('unpersist')
  }

  /** Gives the value up for good. */
  destroy(): void {
    this.#alive('destroy')
    this.#state = undefined
  }

  /** `Broadcast(0)`. */
  toString(): string {
    return `Broadcast(${this.id})`
  }

  #alive(attempt: string): { readonly value: T } {
    if (this.#state) return this.#state
    throw new SluiceError({
      code: 'broadcast-destroyed',
      kind: 'invalid',
      message: `Attempted to ${attempt} ${this} after it was destroyed; broadcast the value anew`,
    })
  }
}
