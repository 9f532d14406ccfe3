/** Of containers inside each other; deeper ones are taken for a reference back. */
const MAX_DEPTH = 200

/** What in a value JSON cannot carry, and where: `NaN at [1].price`. */
export interface JsonOffence {
  readonly what: string
  readonly path: string
}

/**
 * Finds what `JSON.stringify` would lose or fail at: bigints, NaN and infinities, functions, symbols, `Map`, `Set`, bytes,
 * errors and the like, cycles. Members that are undefined are left out, undefined items are null: that is JSON's custom.
 */
export function jsonOffence(value: unknown): JsonOffence | undefined {
  return value === undefined ? { what: 'undefined', path: '' } : offence(value, 0)
}

function offence(value: unknown, depth: number): JsonOffence | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : { what: String(value), path: '' }
    case 'object':
      return value === null ? undefined : objectOffence(value, depth)
    default:
      return { what: `a ${typeof value}`, path: '' }
  }
}

function objectOffence(object: object, depth: number): JsonOffence | undefined {
  if (depth === MAX_DEPTH) return { what: `what is nested over ${MAX_DEPTH} deep, or refers back`, path: '' }
  if (Array.isArray(object)) return itemsOffence(object, depth)
  if (object instanceof Date) return Number.isNaN(object.getTime()) ? { what: 'an invalid date', path: '' } : undefined
  if ('toJSON' in object && typeof object.toJSON === 'function') return offence(object.toJSON(), depth + 1)
  const kind = Object.prototype.toString.call(object)
  if (kind !== '[object Object]') return { what: `a ${kind.slice(8, -1)}`, path: '' }
  return membersOffence(object, depth)
}

function itemsOffence(items: readonly unknown[], depth: number): JsonOffence | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = offence(items[i], depth + 1)
    if (found) return { ...found, path: `[${i}]${found.path}` }
  }
  return undefined
}

function membersOffence(object: object, depth: number): JsonOffence | undefined {
  for (const name of Object.keys(object)) {
    const found = offence((object as Record<string, unknown>)[name], depth + 1)
    if (found) return { ...found, path: `.${name}${found.path}` }
  }
  return undefined
}
