import { decodeValue, encodeValue } from '../../util/codec.ts'

/**
 * A value that a user's function may change without changing what is kept. It goes by way of the stored form, so that a
 * function gets the same whether its operator was restored or not.
 */
export function ownCopy<T>(value: T): T {
  return value === null || typeof value !== 'object' ? value : (decodeValue(encodeValue(value)) as T)
}
