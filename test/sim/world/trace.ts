/** A digest of everything that happened, in its order: two runs of one seed must have the same. */
export class Trace {
  #high = 0x811c9dc5
  #low = 0x01000193

  add(...parts: readonly (number | string)[]): void {
    for (const part of parts) {
      if (typeof part === 'number') this.#mix(part)
      else this.#mixText(part)
    }
  }

  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mix(unit: number): void {
    this.#high = Math.imul(this.#high ^ unit, 0x01000193)
    this.#low = Math.imul(this.#low ^ (unit + (this.#high >>> 15)), 0x85ebca6b)
  }

  /** What `#mix` does with each character, in two variables: most of what is traced are names. */
  #mixText(text: string): void {
    let [high, low] = [this.#high, this.#low]
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ (unit + (high >>> 15)), 0x85ebca6b)
    }
    this.#high = high
    this.#low = low
  }
}
