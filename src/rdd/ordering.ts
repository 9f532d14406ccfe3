import { SluiceError } from '../util/errors.ts'

/** Negative when `a` comes first, positive when `b` does. */
export type Compare<T> = (a: T, b: T) => number

/**
 * The natural order: null first, then by type (booleans, numbers and bigints by size with NaN last, strings by code
 * unit, dates by time, arrays element by element). Objects have none.
 *
 * @throws `not-comparable` for objects, functions and symbols.
 */
export function naturalOrder(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (Array.isArray(a) && Array.isArray(b)) return arrayOrder(a, b)
  return scalarOrder(a as string, b as string)
}

function scalarOrder(a: string, b: string): number {
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function arrayOrder(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = naturalOrder(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

function rankOf(value: unknown): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'boolean') return 1
  if (typeof value === 'number' || typeof value === 'bigint') return 2
  if (typeof value === 'string') return 3
  if (value instanceof Date) return 4
  if (Array.isArray(value)) return 5
  throw new SluiceError({
    code: 'not-comparable',
    kind: 'invalid',
    message: `Values of this type have no order; sort by a key made of them, or give a comparison: ${typeof value}`,
  })
}
