import type { BatchTime } from '../../checkpoint/attempt.ts'

/** How an output calls its directories. */
export interface DirectoryName {
  readonly prefix: string
  readonly suffix: string
}

/**
 * The URL of the directory that a batch's files become visible in, as Spark names it.
 *
 * @example
 * ```ts
 * batchDirectory({ prefix: 's3://data/counts', suffix: 'txt' }, 1000) // 's3://data/counts-1000.txt'
 * ```
 */
export function batchDirectory({ prefix, suffix }: DirectoryName, batchTime: BatchTime): string {
  return `${prefix === '' ? '' : `${prefix}-`}${batchTime}${suffix === '' ? '' : `.${suffix}`}`
}

/** Which file of which partition; without a number: its only one. */
export interface PartId {
  readonly partition: number
  readonly number?: number | undefined
}

/**
 * The name of a partition's file; sorts after `_SUCCESS` (rule `success-sorts-first`). Where files carry numbers, all of a batch do:
 * then the order of their names is that of the elements, with an extension, too.
 */
export function partName({ partition, number }: PartId, extension?: string): string {
  const suffix = number === undefined ? '' : `-${digits(number)}`
  const name = `part-${digits(partition)}${suffix}`
  return extension === undefined ? name : `${name}.${extension}`
}

/** One more would be a name that sorts wrongly. */
export const MAX_PARTS = 100_000

function digits(value: number): string {
  return String(value).padStart(5, '0')
}

/** Closes a batch's directory: who finds it finds every file, whole. */
export const SUCCESS = '_SUCCESS'
