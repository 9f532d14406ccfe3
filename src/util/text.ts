import { base64 } from './base64.ts'

/**
 * An element as `print` and `saveAsTextFiles` write it: strings as they are, arrays as `(a,b)`, dates as ISO 8601,
 * other objects as JSON, bytes as base64, everything else as JavaScript prints it.
 *
 * @example
 * ```ts
 * elementText(['row', 3]) // '(row,3)'
 * ```
 */
export function elementText(element: unknown): string {
  if (typeof element === 'string') return element
  if (Array.isArray(element)) return `(${itemsText(element)})`
  if (typeof element !== 'object' || element === null) return String(element)
  return objectText(element)
}

/** Of holes, too. A loop: most elements are pairs, and there are many. */
function itemsText(items: readonly unknown[]): string {
  let text = ''
  for (let i = 0; i < items.length; i++) text += i === 0 ? elementText(items[i]) : `,${elementText(items[i])}`
  return text
}

function objectText(element: object): string {
  if (element instanceof Date) return Number.isNaN(element.getTime()) ? 'Invalid Date' : element.toISOString()
  if (element instanceof Uint8Array) return base64(element)
  if (element instanceof Error) return String(element)
  return JSON.stringify(element, jsonValue) ?? String(element)
}

/** JSON has no form for these; dropping them, or failing, would lose what the user wants to see. */
function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return base64(value)
  return value
}
