import { SluiceError } from '../../util/errors.ts'

/** Bytes are decoded in pieces of up to this size, so that memory does not follow the size of a store's chunks. */
const PIECE_BYTES = 256 * 1024
const CHUNK_LINES = 8192
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

export interface TextLinesOptions {
  /** For messages. */
  readonly url: string
  /** A longer line ends the read with code `line-too-long`. */
  readonly maxLineBytes: number
}

/**
 * UTF-8 text as chunks of lines, as Hadoop's line reader cuts them: at `\n`, `\r\n` or a `\r` alone, without a byte order
 * mark at the start, malformed bytes replaced by U+FFFD.
 */
export async function* textLines(
  bytes: AsyncIterable<Uint8Array>,
  options: TextLinesOptions,
): AsyncGenerator<readonly string[]> {
  const splitter = new LineSplitter(options)
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield* chunksOf(splitter.push(chunk.subarray(start, start + PIECE_BYTES)))
    }
  }
  yield* chunksOf(splitter.end())
}

function* chunksOf(lines: readonly string[]): Generator<readonly string[]> {
  if (lines.length > 0 && lines.length <= CHUNK_LINES) yield lines
  else for (let start = 0; start < lines.length; start += CHUNK_LINES) yield lines.slice(start, start + CHUNK_LINES)
}

/** Decodes whole lines only: a decoder that need not carry half a character over is several times faster. */
class LineSplitter {
  readonly #options: TextLinesOptions
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #open: Uint8Array[] = []
  #openBytes = 0
  #atStart = true

  constructor(options: TextLinesOptions) {
    this.#options = options
  }

  /** The lines that end in these bytes. */
  push(bytes: Uint8Array): readonly string[] {
    const cut = endOfLastLine(bytes)
    if (cut === 0) {
      this.#keep(bytes)
      return []
    }
    const joint = this.#openBytes === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1 || cut
    const first = joint === 0 ? [] : this.#closeWith(bytes.subarray(0, joint))
    const rest = joint === cut ? [] : this.#lines(bytes.subarray(joint, cut))
    if (cut < bytes.length) this.#keep(bytes.subarray(cut))
    return first.length === 0 ? rest : first.concat(rest)
  }

  /** The last line, which need not have an end. */
  end(): readonly string[] {
    return this.#openBytes === 0 ? [] : this.#closeWith(new Uint8Array(0))
  }

  #keep(bytes: Uint8Array): void {
    // A copy: the rest of a line must not hold on to the chunk that it came in.
    this.#open.push(bytes.slice())
    this.#openBytes += bytes.length
    if (this.#openBytes <= this.#options.maxLineBytes) return
    throw new SluiceError({
      code: 'line-too-long',
      kind: 'data',
      message: `A line is longer than ${this.#options.maxLineBytes} bytes; is this a text file? ${this.#options.url}`,
    })
  }

  #closeWith(end: Uint8Array): string[] {
    const whole = new Uint8Array(this.#openBytes + end.length)
    let offset = 0
    for (const part of [...this.#open, end]) {
      whole.set(part, offset)
      offset += part.length
    }
    this.#open = []
    this.#openBytes = 0
    return this.#lines(whole)
  }

  #lines(bytes: Uint8Array): string[] {
    let text = this.#decoder.decode(bytes)
    if (this.#atStart && text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    this.#atStart = false
    if (text.includes('\r')) text = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
    const lines = text.split('\n')
    if (lines.length > 1 && lines.at(-1) === '') lines.pop()
    return lines
  }
}

/** Where the last line that surely ends here does; a `\r` as the last byte may be half of a `\r\n`. */
function endOfLastLine(bytes: Uint8Array): number {
  const feed = bytes.lastIndexOf(LINE_FEED)
  if (feed >= 0 || bytes.length < 2) return feed + 1
  return bytes.lastIndexOf(CARRIAGE_RETURN, bytes.length - 2) + 1
}
