import { HttpError } from './http-error.ts'

export interface NumberRule {
  readonly name: string
  readonly least: number
  readonly most: number
}

/** Reads a whole number out of a path or query, or rejects the request with 400. */
export function wholeNumber(text: string, { name, least, most }: NumberRule): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new HttpError(
    400,
    'bad-number',
    `${name} must be a whole number from ${least} to ${most}: ${text.slice(0, 100)}`,
  )
}
