import type { ObjectStore } from '../../ports/object-store.ts'
import { decodeValue, encodeValue } from '../../util/codec.ts'
import { crc32c } from '../../util/crc32c.ts'
import { SluiceError } from '../../util/errors.ts'
import { inChunks } from '../in-chunks.ts'

/*
 * An object with one block: `SLB1`, the CRC-32C of all that follows it, the length of the metadata (4 bytes each,
 * big-endian), the metadata, the elements, both in the form of stored values.
 */
const MAGIC = 0x534c4231
const HEADER_BYTES = 12

/** A block's elements as they were given: values, or the bytes that `serializeBlock` made of them; no bytes are no elements. */
export type BlockContent = readonly unknown[] | ArrayBuffer

/**
 * The object's bytes; refuses elements that have no stored form with code `not-encodable`, and bytes that are none with code
 * `not-a-block`: stored, they would fail the batch that reads them for ever, and whoever sent them would have been told that all is well.
 */
export function encodeBlock(content: BlockContent, metadata: unknown): Uint8Array {
  const elements = content instanceof ArrayBuffer ? serialized(content) : encodeValue(content)
  const described = encodeValue(metadata)
  const bytes = new Uint8Array(HEADER_BYTES + described.length + elements.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(8, described.length)
  bytes.set(described, HEADER_BYTES)
  bytes.set(elements, HEADER_BYTES + described.length)
  view.setUint32(4, crc32c(bytes.subarray(8)))
  return bytes
}

function serialized(content: ArrayBuffer): Uint8Array {
  if (content.byteLength === 0) return encodeValue([])
  const bytes = new Uint8Array(content)
  try {
    if (Array.isArray(decodeValue(bytes))) return bytes
  } catch (error) {
    throw notABlock(error)
  }
  throw notABlock()
}

function notABlock(cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'not-a-block',
    kind: 'data',
    message: 'Bytes that are stored as a block must be those that serializeBlock makes of an array; these hold none',
    cause,
  })
}

/** What `encodeBlock` was given; anything else is refused with code `block-corrupt`. */
export function decodeBlock(bytes: Uint8Array, url: string): { elements: readonly unknown[]; metadata: unknown } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length >= HEADER_BYTES && view.getUint32(0) === MAGIC
  if (!whole || view.getUint32(4) !== crc32c(bytes.subarray(8))) throw corrupt(url, 'its checksum is another')
  const start = HEADER_BYTES + view.getUint32(8)
  try {
    const elements = decodeValue(bytes.subarray(start))
    if (Array.isArray(elements)) return { elements, metadata: decodeValue(bytes.subarray(HEADER_BYTES, start)) }
  } catch (error) {
    throw corrupt(url, 'its bytes hold no values', error)
  }
  throw corrupt(url, 'its bytes hold no array; serializeBlock makes them')
}

function corrupt(url: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'block-corrupt',
    kind: 'data',
    message: `A received block cannot be read; restore the object, or skip the batch: ${why}: ${url}`,
    cause,
  })
}

/** The elements of a block that a plan names, in chunks. */
export async function* readBlock(
  checkpoint: ObjectStore,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<readonly unknown[]> {
  const url = `${checkpoint.url}/${key}`
  const object = await checkpoint.get(key)
  if (object === undefined) throw blockMissing(url)
  yield* inChunks(decodeBlock(await object.bytes(), url).elements, signal)
}

function blockMissing(url: string): SluiceError {
  return new SluiceError({
    code: 'block-missing',
    kind: 'data',
    message: `A received block that this batch must read is gone; restore the object, or skip the batch: ${url}`,
  })
}
