import { badRequest } from './errors.ts'

/**
 * Takes a body out of the `aws-chunked` coding: `SIZE-IN-HEX[;chunk-signature=…]\r\n`, that many bytes, `\r\n`, and so on; after a
 * chunk of size 0 come trailers (`name:value\r\n`), which go into `trailers` with lower-case names. Signatures are not checked.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncIterable<Buffer> {
  const lines = new ChunkedSource(source)
  for (;;) {
    const sizeText = (await lines.line())?.split(';')[0] ?? ''
    if (!/^[0-9a-fA-F]+$/.test(sizeText)) throw badRequest('IncompleteBody', 'A chunk of the body has no size')
    const sizeBytes = Number.parseInt(sizeText, 16)
    if (sizeBytes === 0) break
    yield* lines.take(sizeBytes)
    if ((await lines.line()) !== '') throw badRequest('IncompleteBody', 'A chunk of the body is longer than its size')
  }
  for (let line = await lines.line(); line !== undefined && line !== ''; line = await lines.line()) {
    const colon = line.indexOf(':')
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  // The connection serves the next request only when this one was read to its end.
  await lines.drain()
}

/** Longest line: a chunk's signature has under 100 characters, a checksum fewer. */
const LINE_BYTES = 16 * 1024

/** Lines and runs of bytes from one source. */
class ChunkedSource {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Without its end; nothing after the last. */
  async line(): Promise<string | undefined> {
    let end = this.#rest.indexOf('\r\n')
    while (end < 0) {
      if (this.#rest.length > LINE_BYTES) throw badRequest('IncompleteBody', 'A line of the body has no end')
      if (!(await this.#more())) return this.#rest.length > 0 ? this.#rest.toString('latin1') : undefined
      end = this.#rest.indexOf('\r\n')
    }
    const line = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + 2)
    return line
  }

  async *take(sizeBytes: number): AsyncIterable<Buffer> {
    let left = sizeBytes
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw badRequest('IncompleteBody', 'You did not provide the number of bytes specified by the chunk size')
      }
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }

  async drain(): Promise<void> {
    while (await this.#more()) this.#rest = Buffer.alloc(0)
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next()
    if (done) return false
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value])
    return true
  }
}
