import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { DeadLetters } from '../../checkpoint/dead-letters.ts'
import { decoding, recordCorrupt } from '../../checkpoint/decode-record.ts'
import type { OffsetRange } from '../../checkpoint/plan.ts'
import { DEAD_LETTER } from '../../checkpoint/record-shapes.ts'
import type { Json } from '../../checkpoint/stored.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { RawRecord } from '../../ports/source.ts'
import type { RecordPlace } from '../../rdd/nodes/tried.ts'
import { assert } from '../../util/assert.ts'
import { base64, fromBase64 } from '../../util/base64.ts'
import { decodeValue, encodeValue } from '../../util/codec.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { getObject } from '../stored.ts'

/** A bad record as it is kept: a line of JSON. */
export interface DeadLetter {
  readonly stream: string
  /** Of the batch that left it out. */
  readonly batchTime: BatchTime
  readonly error: LetterError
  /** Where the source had it: shard and sequence number, or object, ETag and line or offset. */
  readonly position: Json
  readonly payload: LetterPayload
  /** How often it was read again and failed again. */
  readonly retries?: number
  /** Where it is in the batch's input, so that whoever evaluates the batch again leaves it out, too. */
  readonly place: RecordPlace
}

export interface LetterError {
  readonly code: string
  readonly message: string
  /** `map at word-count.ts:12`; absent if the record could not be decoded. */
  readonly operator?: string
}

/**
 * The record as it came: text, bytes, or an element of a source that has no other form of its records (`codec.ts`). Of a range
 * that cannot be decoded at all, where its content is.
 */
export type LetterPayload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'value'; readonly base64: string; readonly shows: string }
  | { readonly kind: 'range'; readonly range: OffsetRange }

/** What is kept in the letter itself. */
export type RecordPayload = Exclude<LetterPayload, { readonly kind: 'range' }>

export function payloadOf({ payload, position }: RawRecord): RecordPayload {
  if (typeof payload === 'string') return { kind: 'text', text: payload }
  if (payload instanceof Uint8Array) return { kind: 'bytes', base64: base64(payload) }
  try {
    return { kind: 'value', base64: base64(encodeValue(payload)), shows: excerpt(payload) }
  } catch (cause) {
    throw new SluiceError({
      code: 'not-encodable',
      kind: 'invalid',
      message: `A bad record cannot be set apart, as it is not made of plain data; make plain objects in the source, or leave onBadRecord at 'fail': ${JSON.stringify(position)}`,
      cause,
    })
  }
}

/** The record that a letter was made of. A letter for a whole range is read from there. */
export function recordOf({ payload, position, retries = 0 }: DeadLetter): RetriedRecord {
  assert(payload.kind !== 'range', 'a range has an object of its own')
  const again = { position, retries: retries + 1 }
  if (payload.kind === 'text') return { payload: payload.text, ...again }
  const bytes = fromBase64(payload.base64)
  return { payload: payload.kind === 'bytes' ? bytes : decodeValue(bytes), ...again }
}

/** A record that is read again from where it was set apart. */
export interface RetriedRecord extends RawRecord {
  readonly retries: number
}

export function letterLines(letters: readonly DeadLetter[]): Uint8Array {
  return new TextEncoder().encode(letters.map((letter) => `${JSON.stringify(letter)}\n`).join(''))
}

/** The letters of an object, in the order of their places. */
export async function readLetters(objects: ObjectStore, { object }: DeadLetters): Promise<DeadLetter[]> {
  const text = new TextDecoder().decode(await getObject(objects, object))
  return decodeLetters(text, `${objects.url}/${object.key}`)
}

const NAME = 'dead letter'
const decodeLetter = decoding<DeadLetter>({ name: NAME, shape: DEAD_LETTER })

/** Rejects as other records do that are of another shape (`DecodeRecord`), with the line. */
export function decodeLetters(text: string, where: string): DeadLetter[] {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw recordCorrupt(NAME, `the last line has no end: ${where}`)
  const letters = lines.map((line, i) => decodeLetter(line, `line ${i + 1} of ${where}`))
  const range = letters.findIndex(({ payload }) => payload.kind === 'range')
  if (range === -1 || letters.length === 1) return letters
  throw recordCorrupt(NAME, `it is for a whole range, and not the only one: line ${range + 1} of ${where}`)
}
