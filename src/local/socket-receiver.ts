import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { receiverStream } from '../connectors/receiver/receiver-source.ts'
import { Receiver } from '../dstream/receiver.ts'
import type { SocketConverter, SocketSourceOptions } from '../dstream/sources/receiver-stream.ts'
import type { SourceOpener } from '../ports/source.ts'
import { textLines } from '../rdd/formats/text-lines.ts'
import { messageOf, SluiceError } from '../util/errors.ts'

const MAX_LINE_BYTES = 64 * 1024 * 1024
const LENGTH_BYTES = 4
/** A longer frame is taken for another protocol. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024

/** Opens the streams of `socketTextStream`, `socketStream` and `rawSocketStream`. */
export const openSocketSource: SourceOpener = ({ options }, streamUid, surroundings) =>
  receiverStream(new SocketReceiver(options as unknown as SocketSourceOptions), streamUid, surroundings)

/** Connects, stores what arrives, and connects again whenever that ends, as often as it takes. */
class SocketReceiver extends Receiver<unknown> {
  readonly #options: SocketSourceOptions
  #connection: { readonly socket: Socket; ended: boolean } | undefined

  constructor(options: SocketSourceOptions) {
    super()
    this.#options = options
  }

  onStart(): void {
    const { host, port } = this.#options
    const connection = { socket: connect(port, host), ended: false }
    // Who reads is told; while nobody does (a converter waits for something else), it would end the process.
    connection.socket.on('error', () => {})
    this.#connection = connection
    void this.#receive(connection)
  }

  onStop(): void {
    if (this.#connection === undefined) return
    this.#connection.ended = true
    this.#connection.socket.destroy()
  }

  async #receive(connection: { readonly socket: Socket; ended: boolean }): Promise<void> {
    const why = await this.#untilEnd(connection)
    connection.socket.destroy()
    // Whoever ended the connection here knows what is next.
    if (!connection.ended) this.restart(why.message, why.error)
  }

  async #untilEnd({ socket }: { readonly socket: Socket }): Promise<{ message: string; error?: unknown }> {
    const { host, port } = this.#options
    try {
      await once(socket, 'connect')
    } catch (error) {
      return { message: `Error connecting to ${host}:${port}`, error: describedError(error) }
    }
    try {
      await this.#take(socket)
      return { message: 'Socket data stream had no more data' }
    } catch (error) {
      return { message: 'Error receiving data', error: describedError(error) }
    }
  }

  async #take(socket: Socket): Promise<void> {
    const { format, host, port } = this.#options
    if (format === 'blocks') {
      for await (const frame of frames(socket)) await this.store(frame)
      throw new Error('The stream of blocks ended')
    }
    if (format === 'lines') {
      const lines = textLines(socket, { url: `${host}:${port}`, maxLineBytes: MAX_LINE_BYTES })
      for await (const chunk of lines) for (const line of chunk) await this.store(line)
    } else for await (const element of converted(format, socket)) await this.store(element as never)
  }
}

/** An element that is an array would be taken for a block. */
async function* converted(format: SocketConverter<unknown>, socket: Socket): AsyncGenerator<unknown> {
  for await (const element of format(socket)) yield Array.isArray(element) ? [element] : element
}

/** Each as a length of 4 bytes, big-endian, and so many bytes. */
async function* frames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ArrayBuffer> {
  let chunks: Uint8Array[] = []
  let available = 0
  let needed = LENGTH_BYTES
  for await (const chunk of bytes) {
    chunks.push(chunk)
    available += chunk.length
    // Joined only when there is a whole frame: a large one comes in many chunks.
    if (available < needed) continue
    let open = joined(chunks, available)
    needed = LENGTH_BYTES + lengthOf(open)
    for (; open.length >= needed && open.length > 0; needed = LENGTH_BYTES + lengthOf(open)) {
      yield open.slice(LENGTH_BYTES, needed).buffer
      open = open.slice(needed)
    }
    chunks = [open]
    available = open.length
  }
}

function lengthOf(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) return 0
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (length <= MAX_FRAME_BYTES) return length
  throw new SluiceError({
    code: 'frame-too-long',
    kind: 'data',
    message: `A frame of a raw socket stream is longer than ${MAX_FRAME_BYTES} bytes; does the other side write lengths in big-endian order? ${length} bytes`,
  })
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Node gathers the errors of several addresses in one that says nothing. */
function describedError(error: unknown): unknown {
  return error instanceof AggregateError ? new Error(error.errors.map(messageOf).join('; '), { cause: error }) : error
}
