import { SluiceError } from './errors.ts'

/** What stands for a key in a `Map`: equal keys have the same one, unequal keys never do. */
export type MapKey = string | number | boolean | bigint | null

/** Marks the strings that stand for structured keys; a user's string that begins with it is written in structured form, too. */
const MARK = '\u0000'
const MAX_DEPTH = 100

/**
 * What to put into a `Map` for a key that is compared by value. Primitives stand for themselves, so the common case costs
 * nothing; dates, arrays and plain objects become one canonical string.
 *
 * @throws `unsupported-key` for `undefined`, functions, symbols, class instances, invalid dates and cycles.
 * @example
 * ```ts
 * mapKey({ a: 1, b: 2 }) === mapKey({ b: 2, a: 1 }) // true
 * ```
 */
export function mapKey(key: unknown): MapKey {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? MARK + canonical(key, 0) : key
  if (typeof key === 'number' || typeof key === 'boolean' || typeof key === 'bigint' || key === null) return key
  return MARK + canonical(key, 0)
}

/** Whether two keys are the same key: `NaN` is itself, `-0` is `0`, `1` is not `'1'`, the order of properties is nothing. */
export function sameKey(a: unknown, b: unknown): boolean {
  const x = mapKey(a)
  const y = mapKey(b)
  return x === y || (Number.isNaN(x) && Number.isNaN(y))
}

/** One text per key, different for different keys: `"a"`, `1`, `1n`, `[1,"a"]`, `{"a":1}`, `@1700000000000` for dates. */
export function canonicalKey(key: unknown): string {
  return canonical(key, 0)
}

function canonical(key: unknown, depth: number): string {
  switch (typeof key) {
    case 'string':
      return JSON.stringify(key)
    case 'number':
      return String(key) // -0 prints as 0
    case 'bigint':
      return `${key}n`
    case 'boolean':
      return String(key)
    case 'object':
      return key === null ? 'null' : canonicalObject(key, depth)
    default:
      throw unsupported(key)
  }
}

function canonicalObject(key: object, depth: number): string {
  if (depth > MAX_DEPTH) throw unsupportedKey('A key is nested too deeply or contains itself; use a smaller key')
  if (Array.isArray(key)) return `[${Array.from(key, (item) => canonical(item, depth + 1)).join(',')}]`
  if (key instanceof Date && !Number.isNaN(key.getTime())) return `@${key.getTime()}`
  const parts = sortedEntries(key).map(([name, value]) => `${JSON.stringify(name)}:${canonical(value, depth + 1)}`)
  return `{${parts.join(',')}}`
}

/** The properties of a plain object in the order of their names; refuses any other object. */
export function sortedEntries(key: object): [string, unknown][] {
  const prototype = Object.getPrototypeOf(key)
  const plain = prototype === null || prototype === Object.prototype
  if (!plain || Object.getOwnPropertySymbols(key).length > 0) throw unsupported(key)
  return Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The error for a value that cannot be a key, or cannot be part of one. */
export function unsupported(key: unknown): SluiceError {
  const what = key instanceof Date ? 'an invalid Date' : typeof key === 'object' ? nameOf(key) : typeof key
  return unsupportedKey(
    `Keys are null, numbers, strings, booleans, bigints, dates, or arrays and plain objects of these; map it to one: ${what}`,
  )
}

function unsupportedKey(message: string): SluiceError {
  return new SluiceError({ code: 'unsupported-key', kind: 'invalid', message })
}

function nameOf(key: object | null): string {
  if (key !== null && Object.getOwnPropertySymbols(key).length > 0) return 'an object with symbol properties'
  return key?.constructor?.name ?? 'object'
}
