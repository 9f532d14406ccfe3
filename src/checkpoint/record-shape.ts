/** Whether a field is what it must be; what may be absent is asked for, too, as `undefined`. */
export type Check = (value: unknown) => boolean

/** Checks by field. Fields that no check is named for are kept: a later version may have added them. */
export type Shape = Readonly<Record<string, Check>>

export type Fields = Readonly<Record<string, unknown>>

/** The first field that fails its check. A restore checks thousands of records: no list and no function is made for one. */
export function firstWrong(record: Fields, shape: Shape): string | undefined {
  for (const field in shape) if (!shape[field]?.(record[field])) return field
  return undefined
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isText(value: unknown): boolean {
  return typeof value === 'string'
}

export function isFlag(value: unknown): boolean {
  return typeof value === 'boolean'
}

export function isTrue(value: unknown): boolean {
  return value === true
}

/** Of any sign. */
export function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value)
}

export function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** What only the code reads that wrote it; it must be there. */
export function isPresent(value: unknown): boolean {
  return value !== undefined
}

export function oneOf(...texts: readonly unknown[]): Check {
  return (value) => texts.includes(value)
}

export function like(shape: Shape): Check {
  return (value) => isRecord(value) && firstWrong(value, shape) === undefined
}

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value)
}

export function either(...checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value))
}

export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

/** A record with any names, of which each value is checked. */
export function mapOf(check: Check): Check {
  return (value) => isRecord(value) && Object.values(value).every(check)
}
