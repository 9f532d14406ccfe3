/**
 * A value as text, the same for values that are equal: keys of objects in order, -0 as 0. What batches are compared by,
 * and what a failure shows.
 */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '0' : String(value)
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof Map) return `Map(${showValue([...value])})`
  if (value instanceof Set) return `Set(${showValue([...value])})`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${showBytes(value)})`
  return `${nameOf(value)}{${Object.entries(value).sort(byKey).map(showField).join(', ')}}`
}

function showBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return new Uint8Array(buffer, byteOffset, byteLength).join(', ')
}

function showField([key, value]: readonly [string, unknown]): string {
  return `${key}: ${showValue(value)}`
}

function nameOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `${name} ` : ''
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
