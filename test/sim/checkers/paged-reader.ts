import type { Place } from '../world/place.ts'

/** A reader that lists a directory one key at a time, and trusts it once it has seen `_SUCCESS`. */
export class PagedReader {
  readonly #place: Place
  readonly #seen = new Set<string>()
  #after = ''

  constructor(place: Place) {
    this.#place = place
  }

  nextPage(): boolean {
    const [key] = this.#place.keys('', this.#after)
    if (key === undefined) return false
    this.#seen.add(key)
    this.#after = key
    return true
  }

  /** Reads to the end: what a reader who trusts what it has seen has missed. */
  finish(): readonly string[] {
    while (this.nextPage());
    if (!this.#seen.has('_SUCCESS')) return []
    return this.#place.keys('').filter((key) => !this.#seen.has(key))
  }
}
