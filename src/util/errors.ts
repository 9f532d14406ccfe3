/**
 * How a caller reacts to an error, which is all that the kinds tell apart:
 * `retryable`: the same call may succeed later; `invalid`: somebody must change a setting, the code or the input;
 * `data`: stored or incoming data is not what it must be; `internal`: a defect of Sluice.
 */
export type ErrorKind = 'retryable' | 'invalid' | 'data' | 'internal'

/** What an error is made of. */
export interface SluiceErrorInit {
  /** Stable, kebab-case, for programs: `head-corrupt`, `stream-not-found`. */
  readonly code: string
  readonly kind: ErrorKind
  /** For people: what is wrong and what to do, values last. */
  readonly message: string
  readonly cause?: unknown
}

/**
 * Every error that Sluice raises on purpose.
 *
 * @example
 * ```ts
 * const error = new SluiceError({ code: 'no-words', kind: 'data', message: 'Remove the file, it has no words: song.txt' })
 * error.code // 'no-words'
 * String(error) // 'SluiceError: Remove the file, it has no words: song.txt'
 * ```
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError'
  readonly code: string
  readonly kind: ErrorKind

  constructor({ code, kind, message, cause }: SluiceErrorInit) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.kind = kind
  }
}

/**
 * Whether the same call may succeed when it is made again later.
 *
 * @example
 * ```ts
 * isRetryable(new SluiceError({ code: 'throttled', kind: 'retryable', message: 'Too many reads; try again' })) // true
 * isRetryable(new TypeError('row is not a function')) // false
 * ```
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof SluiceError && error.kind === 'retryable'
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
