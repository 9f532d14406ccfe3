import { type ErrorKind, messageOf, SluiceError } from '../util/errors.ts'

interface Meaning {
  readonly code: string
  readonly kind: ErrorKind
  readonly message: string
}

const BAD_KEY: Meaning = {
  code: 'bad-credentials',
  kind: 'invalid',
  message: 'AWS does not accept this access key; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile',
}
const EXPIRED: Meaning = {
  code: 'bad-credentials',
  kind: 'invalid',
  message: 'The AWS credentials have expired; log in again',
}
const DENIED: Meaning = {
  code: 'access-denied',
  kind: 'invalid',
  message: 'The AWS credentials lack the permission; add it to the policy of the role or user',
}
const NONE: Meaning = {
  code: 'no-credentials',
  kind: 'invalid',
  message: 'There are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
}
const REGION: Meaning = {
  code: 'wrong-region',
  kind: 'invalid',
  message: 'The bucket is in another region; set AWS_REGION to that one',
}
const TABLE: Meaning = {
  code: 'table-missing',
  kind: 'invalid',
  message:
    'There is no such table; create it with the partition key "app" of type S, or correct its name and the region',
}
const CLOCK: Meaning = {
  code: 'clock-wrong',
  kind: 'invalid',
  message: "This machine's clock differs from AWS's by minutes; set it",
}
const REFUSED: Meaning = { code: 'refused', kind: 'invalid', message: 'AWS refused the call; see the reason' }
const ARCHIVED: Meaning = {
  code: 'object-archived',
  kind: 'invalid',
  message:
    'The object is archived (S3 Glacier) and cannot be read as it is; restore it, after which the same batch reads it, ' +
    'and move other archived objects out of the prefix',
}
const AGAIN: Meaning = { code: 'unavailable', kind: 'retryable', message: 'AWS could not do it; it may later' }
const CUT_OFF: Meaning = {
  code: 'unavailable',
  kind: 'retryable',
  message: 'AWS did not answer, or not in full; it may do later',
}
const BUSY: Meaning = { code: 'throttled', kind: 'retryable', message: 'AWS asks to call less often; it will do later' }

/** By the names that the services give their errors. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: {
    code: 'store-missing',
    kind: 'invalid',
    message: 'There is no such bucket; create it, or correct the URL and the region',
  },
  InvalidBucketName: { code: 'bad-url', kind: 'invalid', message: 'The URL names no valid bucket; correct it' },
  ResourceNotFoundException: TABLE,
  InvalidAccessKeyId: BAD_KEY,
  UnrecognizedClientException: BAD_KEY,
  InvalidClientTokenId: BAD_KEY,
  InvalidToken: BAD_KEY,
  SignatureDoesNotMatch: BAD_KEY,
  InvalidSignatureException: BAD_KEY,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  AccessDenied: DENIED,
  AccessDeniedException: DENIED,
  AllAccessDisabled: DENIED,
  Forbidden: DENIED,
  CredentialsProviderError: NONE,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  RequestTimeTooSkewed: CLOCK,
  NotImplemented: REFUSED,
  InvalidObjectState: ARCHIVED,
  ObjectNotInActiveTierError: ARCHIVED,
  // These have status codes that else mean that calling again is useless.
  RequestTimeout: AGAIN,
  ConditionalRequestConflict: AGAIN,
  OperationAborted: AGAIN,
  NoSuchUpload: AGAIN,
  BadDigest: AGAIN,
  XAmzContentChecksumMismatch: AGAIN,
  TransactionConflictException: AGAIN,
  InternalError: AGAIN,
  ServiceUnavailable: AGAIN,
  SlowDown: BUSY,
  ThrottlingException: BUSY,
  Throttling: BUSY,
  TooManyRequestsException: BUSY,
  RequestLimitExceeded: BUSY,
  ProvisionedThroughputExceededException: BUSY,
}

/**
 * Turns an error of an AWS client into a `SluiceError` that says what to do: kind `invalid` for what somebody must change,
 * `retryable` for throttling, 5xx answers, time-outs and cut connections. `subject` is what the call was about:
 * `s3://bucket/key`.
 */
export function awsError(error: unknown, subject: string): SluiceError {
  if (error instanceof SluiceError) return error
  const { code, kind, message } = meaningOf(error)
  return new SluiceError({ code, kind, message: `${message}: ${subject} (${describe(error)})`, cause: error })
}

/** The service's name of an error, or that of the system: `NoSuchKey`, `ECONNRESET`. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

export function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const metadata = error.$metadata as { readonly httpStatusCode?: number }
  return metadata.httpStatusCode
}

function meaningOf(error: unknown): Meaning {
  // All but S3 have one name for this and for a wrong key.
  if (/^Signature (expired|not yet current)/.test(messageOf(error))) return CLOCK
  const named = error instanceof Error ? (MEANINGS[error.name] ?? MEANINGS[errorName(error)]) : undefined
  if (named !== undefined) return named
  if (messageOf(error).startsWith('Region is missing')) {
    return { code: 'no-region', kind: 'invalid', message: 'No AWS region is set; set AWS_REGION' }
  }
  // Whatever the answer began with: the rest of it, which says what it is, has not come.
  if (isCutOff(error)) return CUT_OFF
  const status = httpStatus(error)
  if (status === 301) return REGION
  // An answer to HEAD has no body, so that all its errors have only a number.
  if (status === 403) return DENIED
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) return REFUSED
  if (error instanceof TypeError || error instanceof RangeError) {
    return { code: 'aws-client', kind: 'internal', message: 'Internal: the call failed before it was sent' }
  }
  return CUT_OFF
}

/** Whether the connection failed, by the system's name of that. */
function isCutOff(error: unknown): boolean {
  return /^E[A-Z]+$/.test(errorName(error))
}

function describe(error: unknown): string {
  const name = errorName(error)
  const message = messageOf(error)
  return name === '' || message.includes(name) ? message : `${name}: ${message}`
}
