import { SluiceError } from './errors.ts'
import { ValueReader } from './value-reader.ts'
import { ValueWriter } from './value-writer.ts'

/**
 * The bytes of one value, exact and the same for the same data: `undefined`, null, booleans, numbers, bigints, strings,
 * dates, arrays (their named properties are not kept), plain objects, `Map`, `Set`, typed arrays and `ArrayBuffer`s.
 * Throws code `not-encodable` (kind `invalid`), naming the offending member, for anything else.
 *
 * @example
 * ```ts
 * decodeValue(encodeValue(new Map([['row', [1, Number.NaN]]]))) // new Map([['row', [1, NaN]]])
 * ```
 */
export function encodeValue(value: unknown): Uint8Array {
  const writer = new ValueWriter(64)
  writer.value(value)
  return writer.toBytes()
}

/** The value of {@link encodeValue}'s bytes; throws code `value-corrupt` (kind `data`) for any other bytes. */
export function decodeValue(bytes: Uint8Array): unknown {
  const reader = new ValueReader(bytes)
  const value = reader.value()
  if (reader.atEnd) return value
  throw new SluiceError({
    code: 'value-corrupt',
    kind: 'data',
    message: `Stored bytes do not hold a value: more follows, at byte ${reader.offset}`,
  })
}
