import type { SourceDescriptor } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { type OptionNames, type OptionsForm, optionObject } from '../../util/option-object.ts'

/** What becomes of records that cannot be decoded, or at which a function throws. */
export interface BadRecordOptions {
  /**
   * `'fail'`, the default, as in Spark: the batch fails and keeps its plan. Or they are set apart as dead letters: a record at
   * which decoding throws, or a function of `map`, `filter`, `flatMap`, `mapValues` or `flatMapValues` that it reaches from
   * here through these and `union` alone, is left out of the whole batch. A file that cannot be decoded counts as one record.
   */
  readonly onBadRecord?: 'fail' | DeadLetterPolicy | undefined
}

export const BAD_RECORD_NAMES: OptionNames<BadRecordOptions> = { onBadRecord: true }

interface DeadLetterPolicy {
  readonly deadLetter: DeadLetterQuota
}

/** How many bad records a batch lets by; with more, it fails. */
export interface DeadLetterQuota {
  /** Of this stream in one batch; 1,000 by default. */
  readonly maxRecords?: number | undefined
  /** Of the records that the batch reads of this stream, from 0 to 1; no bound by default. */
  readonly maxShare?: number | undefined
}

const POLICY_EXAMPLE = 'onBadRecord: { deadLetter: { maxRecords: 100, maxShare: 0.01 } }'
const POLICY_FORM: OptionsForm<DeadLetterPolicy> = { example: POLICY_EXAMPLE, names: { deadLetter: true } }
const QUOTA_FORM: OptionsForm<DeadLetterQuota> = {
  example: POLICY_EXAMPLE,
  names: { maxRecords: true, maxShare: true },
}
const MAX_RECORDS = 1_000

/** A quota, complete. */
export interface BadRecordQuota {
  readonly maxRecords: number
  readonly maxShare: number
}

/** The stream's quota of dead letters, `undefined` if a bad record fails the batch. Refuses others with code `bad-option`. */
export function badRecordQuota(source: SourceDescriptor): BadRecordQuota | undefined {
  const given = source.options.onBadRecord ?? 'fail'
  if (given === 'fail') return undefined
  const taker = `onBadRecord of a ${source.kind} stream`
  if (isRecord(given) && isRecord(given.deadLetter)) {
    const { deadLetter } = optionObject(given as unknown as DeadLetterPolicy, taker, POLICY_FORM)
    const { maxRecords = MAX_RECORDS, maxShare = 1 } = optionObject(deadLetter, taker, QUOTA_FORM)
    const isCount = Number.isSafeInteger(maxRecords) && maxRecords > 0
    const isShare = typeof maxShare === 'number' && maxShare >= 0 && maxShare <= 1
    if (isCount && isShare) return { maxRecords, maxShare }
  }
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The option ${taker} must be 'fail' or { deadLetter: { maxRecords, maxShare } }, a whole number above 0 and a share from 0 to 1, which may be left out: ${excerpt(given)}`,
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
