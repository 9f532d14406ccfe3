/**
 * Numbers that look random and are the same for the same seed, everywhere and for ever (sfc32, seeded by splitmix32).
 *
 * @example
 * ```ts
 * new Random(42).next() === new Random(42).next() // true
 * ```
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `stream` tells generators of one seed apart: a partition, an operator. Any numbers will do. */
  constructor(seed: number, stream = 0) {
    const next = splitmix(seed, stream)
    this.#a = next()
    this.#b = next()
    this.#c = next()
    for (let i = 0; i < 12; i++) this.nextUint32()
  }

  /** From 0 to before 2^32. */
  nextUint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** From 0 to before 1. */
  next(): number {
    return this.nextUint32() / 0x1_0000_0000
  }

  /** An integer from 0 to before `bound`. */
  nextInt(bound: number): number {
    return Math.floor(this.next() * bound)
  }
}

function splitmix(seed: number, stream: number): () => number {
  // Seeds may exceed 32 bits (a time in milliseconds does): both halves count.
  let state = (Math.imul(Math.floor(seed / 0x1_0000_0000), 0x85ebca6b) ^ seed ^ Math.imul(stream, 0xc2b2ae35)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
}
