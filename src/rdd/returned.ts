import { SluiceError } from '../util/errors.ts'

/**
 * What a function of single elements returned, unless it is a promise: nobody waits for one there, so it would travel on
 * as an element, count as true, or be written as `{}`.
 */
export function returned<R>(value: R): R {
  if (value instanceof Promise) throw notSynchronous(value)
  return value
}

function notSynchronous(promise: Promise<unknown>): SluiceError {
  // Nobody will look at it any more; if it fails later, that must not end the process.
  promise.catch(() => {})
  return new SluiceError({
    code: 'async-function',
    kind: 'invalid',
    message:
      'A function of single elements must be synchronous, and this one returned a promise; await it in mapPartitions inside transform, or in foreachPartition inside foreachRDD',
  })
}

/** The items that a function returned, if they can be read one by one: `Array.from` takes anything for empty. */
export function iterable<U>(items: Iterable<U>): Iterable<U> {
  if (typeof (items as Iterable<U> | null | undefined)?.[Symbol.iterator] === 'function') return items
  throw new SluiceError({
    code: 'not-iterable',
    kind: 'invalid',
    message: `The function must return an array, or anything else that for-of can read; give [] for nothing: ${typeof items}`,
  })
}
