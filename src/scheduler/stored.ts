import type { DecodeRecord } from '../checkpoint/decode-record.ts'
import { inline, type ObjectRef, type Stored } from '../checkpoint/stored.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import { checksumText, crc32c, crc32cHex } from '../util/crc32c.ts'
import { SluiceError } from '../util/errors.ts'
import { ObjectMissingError } from '../util/object-errors.ts'
import { pour } from '../util/pour.ts'
import type { ByteSpan } from '../util/value-reader.ts'

/** One of each for all: to make them takes as long as a small record does. */
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

/** What travels inside the head at most; anything larger gets an object of its own. */
export const INLINE_BYTES = 8 * 1024

/** Writes bytes below the checkpoint and resolves once they are acknowledged (P6). */
export async function putObject(store: ObjectStore, key: string, bytes: Uint8Array): Promise<ObjectRef> {
  await store.put(key, bytes)
  return { key, sizeBytes: bytes.byteLength, crc32c: crc32cHex(bytes) }
}

/** Up to here an object is written in one call. */
const WHOLE_BYTES = 8 * 1024 * 1024

/** As `putObject`, of bytes that are made as they are written: of a large object they are never all here. */
export async function putParts(store: ObjectStore, key: string, parts: AsyncIterable<Uint8Array>): Promise<ObjectRef> {
  const seen = { sizeBytes: 0, crc: 0 }
  async function* counted(): AsyncGenerator<Uint8Array, void> {
    for await (const part of parts) {
      seen.sizeBytes += part.length
      seen.crc = crc32c(part, seen.crc)
      yield part
    }
  }
  await putOrPour(store, key, counted())
  return { key, sizeBytes: seen.sizeBytes, crc32c: checksumText(seen.crc) }
}

async function putOrPour(store: ObjectStore, key: string, parts: AsyncGenerator<Uint8Array, void>): Promise<void> {
  const pieces = joined(parts, WHOLE_BYTES)
  const first = await pieces.next()
  const second = await pieces.next()
  if (second.done) {
    await store.put(key, first.value ?? new Uint8Array())
    return
  }
  async function* all(): AsyncGenerator<Uint8Array, void> {
    if (first.value) yield first.value
    if (second.value) yield second.value
    yield* pieces
  }
  await pour(all(), store.upload(key))
}

/** Parts put together to pieces of `sizeBytes` or a little more: each write has its price. */
async function* joined(parts: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array, void> {
  let piece: Uint8Array[] = []
  let held = 0
  for await (const part of parts) {
    piece.push(part)
    held += part.length
    if (held < sizeBytes) continue
    yield concatBytes(piece)
    piece = []
    held = 0
  }
  if (held > 0) yield concatBytes(piece)
}

/** Reads a part of an object, which carries checksums of its own. */
export async function getRange(store: ObjectStore, ref: ObjectRef, range: ByteSpan): Promise<Uint8Array> {
  const object = await store.get(ref.key, { range })
  if (object === undefined) throw missing(store, ref)
  return object.bytes()
}

/** Reads bytes back and compares them with what was recorded of them. */
export async function getObject(store: ObjectStore, ref: ObjectRef): Promise<Uint8Array> {
  const object = await store.get(ref.key)
  if (object === undefined) throw missing(store, ref)
  const bytes = await object.bytes()
  if (bytes.byteLength === ref.sizeBytes && crc32cHex(bytes) === ref.crc32c) return bytes
  throw new SluiceError({
    code: 'object-damaged',
    kind: 'data',
    message: `An object of the checkpoint is not what was written (${bytes.byteLength} of ${ref.sizeBytes} bytes, or another checksum); restore it: ${store.url}/${ref.key}`,
  })
}

/** A record that is small enough to travel inside the head. */
export function inlined<T>(value: T): Stored<T> | undefined {
  const text = JSON.stringify(value)
  return text.length <= INLINE_BYTES ? inline(value, text) : undefined
}

function missing(store: ObjectStore, ref: ObjectRef): ObjectMissingError {
  const url = `${store.url}/${ref.key}`
  const message = `An object that the checkpoint names is gone; restore it, or start from a savepoint: ${url}`
  return new ObjectMissingError({ code: 'object-missing', message, url })
}

/** Keeps a record inline when it is small, else in an object that `key` names. */
export function store<T>(objects: ObjectStore, key: () => string, value: T): Awaitable<Stored<T>> {
  const text = JSON.stringify(value)
  if (text.length <= INLINE_BYTES) return inline(value, text)
  const put = putObject(objects, key(), ENCODER.encode(text))
  return put.then((ref) => ({ kind: 'object', ref }))
}

/** The record itself, wherever it is. One that travels in another was read with that; what an object holds is checked. */
export async function load<T>(objects: ObjectStore, stored: Stored<T>, decode: DecodeRecord<T>): Promise<T> {
  if (stored.kind === 'inline') return stored.value
  const bytes = await getObject(objects, stored.ref)
  return decode(DECODER.decode(bytes), `${objects.url}/${stored.ref.key}`)
}
