import { Fifo } from '../util/fifo.ts'

/** Lets so many calls run at once; the others wait their turn. */
export class Gate {
  #free: number
  readonly #waiting = new Fifo<() => void>()

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await call()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
