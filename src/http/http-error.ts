import { SluiceError } from '../util/errors.ts'

/** What a client did wrong. Everything else that is thrown is the server's. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: 400 | 401 | 404 | 405
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: HttpError['status'], code: string, message: string, headers: HttpError['headers'] = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export interface ErrorReply {
  readonly status: 400 | 401 | 404 | 405 | 409 | 500 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: { readonly code: string; readonly message: string } }
}

/**
 * How an error is told to a client: never with a stack, and in words only where they were written for people. Whoever
 * sees this has the token.
 */
export function errorReply(error: unknown): ErrorReply {
  if (error instanceof HttpError) return reply(error.status, error, error.headers)
  if (!(error instanceof SluiceError)) return reply(500, UNEXPECTED)
  if (error.code === 'batch-not-found') return reply(404, error)
  if (NOT_NOW.has(error.code)) return reply(409, error)
  if (error.kind === 'retryable') return reply(503, error, { 'retry-after': '5' })
  return reply(500, error)
}

/** What was asked for is right, and this application cannot do it, or not any more. */
const NOT_NOW = new Set(['base-not-retained', 'batch-skipped', 'before-reset', 'no-checkpoint', 'staged-collected'])

const UNEXPECTED = { code: 'internal', message: 'Something unexpected went wrong; the log has the details' }

function reply(
  status: ErrorReply['status'],
  { code, message }: { readonly code: string; readonly message: string },
  headers: ErrorReply['headers'] = {},
): ErrorReply {
  return { status, headers, body: { error: { code, message } } }
}
