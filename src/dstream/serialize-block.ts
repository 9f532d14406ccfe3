import { encodeValue } from '../util/codec.ts'

/**
 * The bytes of a block of elements, for `Receiver.store` and for those who write to a `rawSocketStream`. Refuses what has
 * no stored form with code `not-encodable`.
 *
 * @example
 * ```ts
 * serializeBlock(['row', 'boat']).byteLength // 10
 * ```
 */
export function serializeBlock(elements: readonly unknown[]): ArrayBuffer {
  return encodeValue(elements).slice().buffer as ArrayBuffer
}
