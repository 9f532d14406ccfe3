import { messageOf, SluiceError } from '../../util/errors.ts'
import { awsError } from '../aws-error.ts'

const THROTTLED = new Set([
  'KMSThrottlingException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])

export function isThrottled(error: unknown): boolean {
  return THROTTLED.has(nameOf(error))
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

/** Says what an error of the service means and what to do about it. */
export function kinesisError(error: unknown, { stream, call }: { stream: string; call: string }): unknown {
  if (error instanceof SluiceError || nameOf(error) === 'AbortError') return error
  const where = `${call} on stream ${stream}: ${messageOf(error)}`
  const name = nameOf(error)
  if (name === 'ResourceNotFoundException') {
    const message = `There is no such Kinesis stream; create it, or correct the name, account and region: ${where}`
    return new SluiceError({ code: 'stream-not-found', kind: 'invalid', message, cause: error })
  }
  if (isThrottled(error)) {
    const message = `Kinesis kept refusing to be read so fast; are there other readers of this stream? Give it more shards, or try later: ${where}`
    return new SluiceError({ code: 'kinesis-throttled', kind: 'retryable', message, cause: error })
  }
  if (name === 'InvalidArgumentException' || name === 'ValidationException') {
    const message = `Kinesis does not accept the position to read from; was the stream deleted and made again, or does initialPosition lie in the future? ${where}`
    return new SluiceError({ code: 'stream-position-refused', kind: 'invalid', message, cause: error })
  }
  return awsError(error, `${call} on stream ${stream}`)
}
