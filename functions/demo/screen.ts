import type { WriteStream } from 'node:tty'

type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>

const CLEAR_LINE = '\r\u001b[K'

/** Text that stays, and on a terminal one line below it that is written anew. */
export class Screen {
  readonly #output: Output
  #status = ''

  constructor(output: Output) {
    this.#output = output
  }

  print(text: string): void {
    this.#output.write(this.#status === '' ? text : `${CLEAR_LINE}${text}${this.#status}`)
  }

  /** Replaces the line below; an empty text removes it. Where nothing can be replaced, nothing is written. */
  status(text: string): void {
    if (this.#output.isTTY !== true || text === this.#status) return
    // A line that wraps cannot be cleared as one.
    this.#status = text.slice(0, (this.#output.columns ?? 80) - 1)
    this.#output.write(`${CLEAR_LINE}${this.#status}`)
  }
}
