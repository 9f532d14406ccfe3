import type { WriteStream } from 'node:tty'

export type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>

const CLEAR_LINE = '\r\u001b[K'
const BOLD = ['\u001b[1m', '\u001b[22m'] as const
const DIM = ['\u001b[2m', '\u001b[22m'] as const

/** Text that stays, and on a terminal one line below it that is written anew. */
export class Screen {
  readonly #output: Output
  readonly #styled: boolean
  #status = ''

  constructor(output: Output) {
    this.#output = output
    this.#styled = output.isTTY === true && process.env.NO_COLOR === undefined
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

  bold(text: string): string {
    return this.#styled ? `${BOLD[0]}${text}${BOLD[1]}` : text
  }

  dim(text: string): string {
    return this.#styled ? `${DIM[0]}${text}${DIM[1]}` : text
  }
}
