import type { BatchTime } from '../../checkpoint/attempt.ts'

/**
 * The URL of the directory that a batch's files become visible in, as Spark names it.
 *
 * @example
 * ```ts
 * batchDirectory({ prefix: 's3://data/counts', suffix: 'txt' }, 1000) // 's3://data/counts-1000.txt'
 * ```
 */
export function batchDirectory(
  name: { readonly prefix: string; readonly suffix: string },
  batchTime: BatchTime,
): string {
  const { prefix, suffix } = name
  return `${prefix === '' ? '' : `${prefix}-`}${batchTime}${suffix === '' ? '' : `.${suffix}`}`
}

/** The name of a partition's file; sorts after `_SUCCESS` (rule `success-sorts-first`). */
export function partName(partition: number, extension?: string): string {
  const name = `part-${String(partition).padStart(5, '0')}`
  return extension === undefined ? name : `${name}.${extension}`
}

/** Closes a batch's directory: who finds it finds every file, whole. */
export const SUCCESS = '_SUCCESS'
