import { joinOf, type OutputFormat } from '../../rdd/formats/output-format.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { type OptionNames, optionObject } from '../../util/option-object.ts'

const MIB = 1024 ** 2
/** What readers of many files (Athena, Spark, Trino) are said to like best. */
const COMPACT_BYTES = 128 * MIB

/** Into how many files of which size a batch's output goes; by default one for each partition that has elements. */
export interface FilesLayoutOptions {
  /**
   * A file is ended by the element with which it has this many bytes, and the partition goes on in another. Files are then named
   * `part-PARTITION-NUMBER`, always, so that their names say their order.
   */
  readonly maxPartBytes?: number | undefined
  /** The same after so many elements. */
  readonly maxPartRecords?: number | undefined
  /**
   * Joins neighbouring files that are smaller than `targetBytes` (128 MiB by default) into files of up to that size, in the order of
   * their partitions, before the batch is committed: what readers see is never touched again. Costs reading and writing them once more.
   */
  readonly compact?: boolean | CompactOptions | undefined
}

interface CompactOptions {
  readonly targetBytes?: number
}

export const FILES_LAYOUT_NAMES: OptionNames<FilesLayoutOptions> = {
  maxPartBytes: true,
  maxPartRecords: true,
  compact: true,
}

const COMPACT_FORM = { example: 'compact: { targetBytes: 64 * 1024 ** 2 }', names: { targetBytes: true } } as const

/** The same, checked. */
export interface FilesLayout {
  readonly maxPartBytes: number
  readonly maxPartRecords: number
  /** Up to how many bytes files are joined to; 0: they are not. */
  readonly compactBytes: number
}

export const ONE_FILE_A_PARTITION: FilesLayout = {
  maxPartBytes: Number.POSITIVE_INFINITY,
  maxPartRecords: Number.POSITIVE_INFINITY,
  compactBytes: 0,
}

/** Whether partitions may take several files, whose names then carry a number. */
export function isRolling({ maxPartBytes, maxPartRecords }: FilesLayout): boolean {
  return Math.min(maxPartBytes, maxPartRecords) < Number.POSITIVE_INFINITY
}

/** Refuses sizes that are none, and joining what cannot be joined, with code `bad-option`. */
export function filesLayout(options: FilesLayoutOptions, format: OutputFormat<never>): FilesLayout {
  const maxPartBytes = checkSize('maxPartBytes', options.maxPartBytes)
  const maxPartRecords = checkSize('maxPartRecords', options.maxPartRecords)
  const compactBytes = checkCompact(options.compact, maxPartBytes)
  if (compactBytes > 0 && joinOf(format) === undefined) {
    throw badOption(
      'compact is for formats whose files can be joined; give the format a function join, or leave compact out',
      'no join',
    )
  }
  return { maxPartBytes, maxPartRecords, compactBytes }
}

function checkCompact(compact: unknown, maxPartBytes: number): number {
  if (compact === undefined || compact === false) return 0
  if (compact === true) return Math.min(COMPACT_BYTES, maxPartBytes)
  if (typeof compact !== 'object' || compact === null || Array.isArray(compact))
    throw badOption('compact is true, false or { targetBytes }', compact)
  const given = optionObject<CompactOptions>(compact, 'compact of output files', COMPACT_FORM)
  const { targetBytes = Math.min(COMPACT_BYTES, maxPartBytes) } = given
  if (checkSize('compact.targetBytes', targetBytes) <= maxPartBytes) return targetBytes
  throw badOption(`compact.targetBytes is at most maxPartBytes, ${maxPartBytes}`, targetBytes)
}

function checkSize(name: string, size: number | undefined): number {
  if (size === undefined) return Number.POSITIVE_INFINITY
  if (Number.isSafeInteger(size) && size > 0) return size
  throw badOption(`${name} is a whole number from 1`, size)
}

function badOption(rule: string, got: unknown): SluiceError {
  return new SluiceError({ code: 'bad-option', kind: 'invalid', message: `Of output files, ${rule}: ${excerpt(got)}` })
}
