/** So many that were taken may stay in front. */
const LEAST_TAKEN = 1_024

/** What waits, the first that came first. To take one of many from an array would move all that are behind it. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #taken = 0

  get size(): number {
    return this.#items.length - this.#taken
  }

  /** The next, which stays. */
  get first(): T | undefined {
    return this.#items[this.#taken]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the next. */
  shift(): T | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#taken]
    this.#items[this.#taken++] = undefined
    if (this.#taken >= LEAST_TAKEN && 2 * this.#taken >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken)
      this.#taken = 0
    }
    return item
  }
}
