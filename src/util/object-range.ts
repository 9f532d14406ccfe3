import { SluiceError } from './errors.ts'

/** Cuts a half-open range of bytes to an object's size; what lies behind the end is empty. */
export function clampRange(
  range: { readonly start: number; readonly end?: number } | undefined,
  sizeBytes: number,
): { readonly start: number; readonly end: number } {
  const start = range?.start ?? 0
  const end = range?.end ?? sizeBytes
  if (!isOffset(start) || (range?.end !== undefined && (!isOffset(end) || end < start))) {
    throw new SluiceError({
      code: 'bad-range',
      kind: 'invalid',
      message: `A range of bytes needs whole numbers, 0 <= start <= end: ${start} to ${end}`,
    })
  }
  const clampedEnd = Math.min(end, sizeBytes)
  return { start: Math.min(start, clampedEnd), end: clampedEnd }
}

function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
