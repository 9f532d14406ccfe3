/** Names in the order of their characters: a listing takes a stretch of them. */
export class SortedKeys {
  readonly #keys: string[] = []

  /** One that is not there. */
  add(key: string): void {
    this.#keys.splice(this.#firstFrom(key), 0, key)
  }

  /** One that is there. */
  delete(key: string): void {
    this.#keys.splice(this.#firstFrom(key), 1)
  }

  /** Those that begin with a prefix and come after another. */
  below(prefix: string, after: string): string[] {
    const keys = this.#keys
    const first = prefix > after ? this.#firstFrom(prefix) : this.#firstAfter(after)
    let end = first
    while (end < keys.length && keys[end]?.startsWith(prefix) === true) end++
    return keys.slice(first, end)
  }

  #firstAfter(key: string): number {
    const at = this.#firstFrom(key)
    return this.#keys[at] === key ? at + 1 : at
  }

  #firstFrom(key: string): number {
    const keys = this.#keys
    let [low, high] = [0, keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((keys[middle] as string) < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
