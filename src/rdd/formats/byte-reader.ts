import { concatBytes } from '../../util/concat-bytes.ts'

/**
 * Bytes that arrive in chunks, read in pieces of the reader's choice: `fill` waits until so many are here, `take` hands
 * them out at once. So parsing waits once a chunk, not once a field.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Bytes that are here. */
  get available(): number {
    return this.#bytes.length - this.#at
  }

  /** Whether `count` bytes are here, now or after waiting; false at the end of the input. */
  has(count: number): boolean | Promise<boolean> {
    return this.available >= count || this.#fill(count)
  }

  /** The next bytes, which are here: a view, valid for as long as nobody writes to it. */
  take(count: number): Uint8Array {
    const start = this.#at
    this.#at += count
    return this.#bytes.subarray(start, this.#at)
  }

  /** The next 4 bytes, which are here, as Java writes an int. */
  int32(): number {
    const bytes = this.take(4)
    return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #fill(count: number): Promise<boolean> {
    const parts = [this.#bytes.subarray(this.#at)]
    let here = this.available
    while (here < count) {
      const next = await this.#chunks.next()
      if (next.done) break
      parts.push(plain(next.value))
      here += next.value.length
    }
    const [rest, only] = parts
    this.#bytes = parts.length === 2 && rest?.length === 0 && only ? only : concatBytes(parts)
    this.#at = 0
    return here >= count
  }
}

/** Without what Node's `Buffer` does otherwise: its `slice` is a view. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
