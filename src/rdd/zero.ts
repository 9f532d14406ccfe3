import { SluiceError } from '../util/errors.ts'

/** Where an aggregation begins: a value, which is copied wherever it is used, or a function that makes one. */
export type Zero<U> = U | (() => U)

/**
 * Makes a zero that nobody else has: functions may change what they aggregate into, as Spark's may.
 *
 * @throws `zero-not-copied`, when called, for values that are neither data nor made by a function.
 */
export function zeroMaker<U>(zero: Zero<U>): () => U {
  if (typeof zero === 'function') return zero as () => U
  return () => copy(zero)
}

function copy<U>(value: U): U {
  if (typeof value !== 'object' || value === null) return value
  return copyObject(value) as U
}

function copyObject(value: object): object {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [copy(key), copy(item)]))
  if (value instanceof Set) return new Set(Array.from(value, copy))
  if (value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return structuredClone(value)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notCopied(value)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item)]))
}

function notCopied(value: object): SluiceError {
  return new SluiceError({
    code: 'zero-not-copied',
    kind: 'invalid',
    message: `A zero value that is an instance of a class cannot be copied for each key; give a function that makes it: ${value.constructor?.name}`,
  })
}
