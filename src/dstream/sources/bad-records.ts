import type { SourceDescriptor } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'

/** What becomes of records that cannot be decoded, or at which a function throws. */
export interface BadRecordOptions {
  /**
   * `'fail'`, the default, as in Spark: the batch fails and keeps its plan. Or they are set apart as dead letters: a record at
   * which decoding throws, or a function of `map`, `filter`, `flatMap`, `mapValues` or `flatMapValues` that it reaches from
   * here through these and `union` alone, is left out of the whole batch. A file that cannot be decoded counts as one record.
   */
  readonly onBadRecord?: 'fail' | { readonly deadLetter: DeadLetterQuota } | undefined
}

/** How many bad records a batch lets by; with more, it fails. */
export interface DeadLetterQuota {
  /** Of this stream in one batch; 1,000 by default. */
  readonly maxRecords?: number | undefined
  /** Of the records that the batch reads of this stream, from 0 to 1; no bound by default. */
  readonly maxShare?: number | undefined
}

const MAX_RECORDS = 1_000

/** A quota, complete. */
export interface BadRecordQuota {
  readonly maxRecords: number
  readonly maxShare: number
}

/** The stream's quota of dead letters, `undefined` if a bad record fails the batch. Refuses others with code `bad-option`. */
export function badRecordQuota({ kind, options }: SourceDescriptor): BadRecordQuota | undefined {
  const given = options.onBadRecord ?? 'fail'
  if (given === 'fail') return undefined
  const quota = isRecord(given) && isRecord(given.deadLetter) ? given.deadLetter : undefined
  const { maxRecords = MAX_RECORDS, maxShare = 1 } = quota ?? {}
  const isCount = Number.isSafeInteger(maxRecords) && Number(maxRecords) > 0
  const isShare = typeof maxShare === 'number' && maxShare >= 0 && maxShare <= 1
  if (quota !== undefined && isCount && isShare) return { maxRecords: Number(maxRecords), maxShare }
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The option onBadRecord of a ${kind} stream must be 'fail' or { deadLetter: { maxRecords, maxShare } }, a whole number above 0 and a share from 0 to 1, which may be left out: ${excerpt(given)}`,
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
