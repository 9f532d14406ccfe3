import { type ErrorKind, messageOf, SluiceError } from '../util/errors.ts'
import type { CallSite } from './call-site.ts'

/** What an operator throws when a user's function did; whoever drives the records adds where it was. */
export class OperatorFailure {
  readonly site: CallSite
  readonly cause: unknown

  constructor(site: CallSite, cause: unknown) {
    this.site = site
    this.cause = cause
  }
}

/** Ends a task early, without failure: no more records are wanted. */
export const ENOUGH = Symbol('enough')

export interface RecordErrorInit {
  readonly code: string
  readonly kind: ErrorKind
  readonly message: string
  readonly cause: unknown
  readonly operator: string
  readonly partition: number
  readonly position: string
}

/**
 * A record that could not be processed: which operator failed, and where the record came from.
 *
 * @example
 * ```ts
 * const lines = new SparkContext().parallelize(['{"word":"row"}', 'boat'], 1)
 * const error = await lines.map((line) => JSON.parse(line)).count().catch((error: unknown) => error)
 * error instanceof RecordError && error.position // 'element 2 of the collection'
 * ```
 */
export class RecordError extends SluiceError {
  /** `map at word-count.ts:12`. */
  readonly operator: string
  readonly partition: number
  /** In the source's own words: `line 17 of file:///a/b.txt`. */
  readonly position: string

  constructor(init: RecordErrorInit) {
    super(init)
    this.operator = init.operator
    this.partition = init.partition
    this.position = init.position
  }
}

/** Adds the place to what a task threw; what has one already, and what is no operator's failure, stays as it is. */
export function located(thrown: unknown, partition: number, position: () => string): unknown {
  if (!(thrown instanceof OperatorFailure)) return thrown
  const operator = String(thrown.site)
  const where = position()
  return new RecordError({
    ...classified(thrown.cause),
    message: `${operator} failed in partition ${partition} at ${where}: ${messageOf(thrown.cause)}`,
    cause: thrown.cause,
    operator,
    partition,
    position: where,
  })
}

/** What a function that takes whole datasets threw, with its name; what says enough by itself stays as it is. */
export function functionFailed(site: CallSite, cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const message = `${site} failed: ${messageOf(cause)}`
  return new SluiceError({ code: 'user-function-failed', kind: 'data', message, cause })
}

/** The application's mistakes, wherever they come up; all else is a user function that threw. */
const MISTAKES = new Set(['unsupported-key', 'async-function', 'not-iterable', 'no-fraction', 'zero-not-copied'])

/** Whether the application is to blame, whatever the record. */
export function isMistake(cause: unknown): cause is SluiceError {
  return cause instanceof SluiceError && MISTAKES.has(cause.code)
}

function classified(cause: unknown): { readonly code: string; readonly kind: ErrorKind } {
  return isMistake(cause) ? { code: cause.code, kind: cause.kind } : { code: 'user-function-failed', kind: 'data' }
}
