import { concatBytes } from '../../util/concat-bytes.ts'
import { crc32c } from '../../util/crc32c.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { ValueReader } from '../../util/value-reader.ts'
import { ValueWriter } from '../../util/value-writer.ts'
import { ByteReader } from './byte-reader.ts'
import { type DecodedFile, fileCorrupt } from './decoder.ts'
import type { PartEncoder, PartFormat } from './output-format.ts'

/*
 * An object file: 8 bytes `SluiceO` and the format version, then frames, then a frame without elements, whose count is
 * the number of frames before it. A frame: bytes of its values, number of values, CRC-32C of these 8 bytes and of the values
 * (each a little-endian 32-bit number), the values (`src/util/codec-format.ts`). A file that ends early has no last frame.
 */
const MAGIC = new TextEncoder().encode('SluiceO\x01')
const FRAME_HEADER_BYTES = 12
/** Frames are closed at this size, wherever the chunks that came in ended: the same elements give the same bytes. */
const FRAME_BYTES = 64 * 1024
/** A frame is read whole, so that one of a damaged length must not take all memory. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024

/** Elements exactly as they are, any plain data (see `encodeValue`), framed with checksums. */
export const objectFormat: PartFormat<unknown> = { open: () => new ObjectEncoder(), join: joinObjectFiles }

class ObjectEncoder implements PartEncoder<unknown> {
  readonly #writer = new ValueWriter(2 * FRAME_BYTES)
  #count = 0
  #frames = 0
  #started = false

  encode(elements: readonly unknown[]): Uint8Array {
    const out: Uint8Array[] = this.#started ? [] : [MAGIC]
    this.#started = true
    for (const element of elements) {
      this.#writer.value(element)
      this.#count++
      if (this.#writer.length >= FRAME_BYTES) out.push(this.#frame())
    }
    return concatBytes(out)
  }

  end(): Uint8Array {
    const open = this.#count === 0 ? [] : [this.#frame()]
    return concatBytes([...open, frameOf(new Uint8Array(0), this.#frames)])
  }

  get keptBytes(): number {
    return this.#writer.length
  }

  #frame(): Uint8Array {
    if (this.#writer.length > MAX_FRAME_BYTES) throw tooLarge(this.#writer.length)
    const frame = frameOf(this.#writer.since(0), this.#count)
    this.#writer.truncate(0)
    this.#count = 0
    this.#frames++
    return frame
  }
}

/** The frames of all, between one beginning and one end. */
async function* joinObjectFiles(files: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  yield MAGIC
  let frames = 0
  for (const file of files) {
    // What may be the last frame waits until more follows it.
    let held = new Uint8Array(0)
    let skip = MAGIC.length
    for await (const chunk of file) {
      const arrived = concatBytes([held, chunk.subarray(Math.min(skip, chunk.length))])
      skip = Math.max(0, skip - chunk.length)
      held = arrived.subarray(Math.max(0, arrived.length - FRAME_HEADER_BYTES))
      yield arrived.subarray(0, arrived.length - held.length)
    }
    frames += new DataView(held.buffer, held.byteOffset, held.length).getUint32(4, true)
  }
  yield frameOf(new Uint8Array(0), frames)
}

/**
 * The elements of an object file; one that is damaged, cut short or none at all ends with code `file-corrupt`.
 *
 * @example
 * ```ts
 * ssc.fileStream<Date>('data/in', { decode: readObjectFile }).map((date) => date.getUTCHours()).print()
 * ```
 */
export async function* readObjectFile<T = unknown>(
  input: AsyncIterable<Uint8Array>,
  file: DecodedFile,
): AsyncGenerator<readonly T[]> {
  const bytes = new ByteReader(input)
  try {
    await readMagic(bytes, file)
    for (let frames = 0; ; frames++) {
      const frame = await readFrame(bytes, file)
      if (frame.values.length > 0) yield valuesOf(frame, file) as T[]
      else if (frame.count !== frames) throw fileCorrupt(`Frames are missing from an object file`, file)
      else break
    }
    if (await bytes.has(1)) throw fileCorrupt('More follows the end of an object file', file)
  } finally {
    await bytes.close()
  }
}

interface Frame {
  readonly count: number
  readonly values: Uint8Array
}

async function readMagic(bytes: ByteReader, file: DecodedFile): Promise<void> {
  if (!(await bytes.has(MAGIC.length))) throw fileCorrupt('This is not an object file', file)
  const magic = bytes.take(MAGIC.length)
  const version = magic.at(-1)
  if (!magic.subarray(0, -1).every((byte, i) => byte === MAGIC[i]))
    throw fileCorrupt('This is not an object file', file)
  if (version !== MAGIC.at(-1)) throw fileCorrupt(`Only version 1 of object files is known, not ${version}`, file)
}

async function readFrame(bytes: ByteReader, file: DecodedFile): Promise<Frame> {
  if (!(await bytes.has(FRAME_HEADER_BYTES))) throw fileCorrupt('An object file is cut short', file)
  const header = bytes.take(FRAME_HEADER_BYTES)
  const view = new DataView(header.buffer, header.byteOffset)
  const [sizeBytes, count, crc] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number]
  if (sizeBytes > MAX_FRAME_BYTES) throw fileCorrupt('An object file is damaged: a frame has no possible size', file)
  if (!(await bytes.has(sizeBytes))) throw fileCorrupt('An object file is cut short', file)
  const values = bytes.take(sizeBytes)
  if (crc32c(values, crc32c(header.subarray(0, 8))) === crc) return { count, values }
  throw fileCorrupt('An object file is damaged: a checksum is not that of its values', file)
}

function valuesOf({ count, values }: Frame, file: DecodedFile): unknown[] {
  if (count > values.length) throw fileCorrupt('An object file is damaged: a frame says more values than it has', file)
  const reader = new ValueReader(values)
  try {
    const elements = Array.from({ length: count }, () => reader.value())
    if (reader.atEnd) return elements
  } catch (cause) {
    throw fileCorrupt(`An object file is damaged (${messageOf(cause)})`, file, cause)
  }
  throw fileCorrupt('An object file is damaged: a frame holds more than its number of values', file)
}

function frameOf(values: Uint8Array, count: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + values.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, values.length, true)
  view.setUint32(4, count, true)
  view.setUint32(8, crc32c(values, crc32c(frame.subarray(0, 8))), true)
  frame.set(values, FRAME_HEADER_BYTES)
  return frame
}

function tooLarge(sizeBytes: number): SluiceError {
  return new SluiceError({
    code: 'element-too-large',
    kind: 'data',
    message: `An element of an object file may take ${MAX_FRAME_BYTES} bytes; split it: ${sizeBytes} bytes`,
  })
}
