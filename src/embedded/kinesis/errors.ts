import { ServiceError } from '../http/service-error.ts'

/** The account of every resource here. */
export const ACCOUNT = '000000000000'

export function invalidArgument(message: string): ServiceError {
  return new ServiceError(400, 'InvalidArgumentException', message)
}

export function streamNotFound(streamName: string): ServiceError {
  const message = `Stream ${streamName} under account ${ACCOUNT} not found.`
  return new ServiceError(400, 'ResourceNotFoundException', message)
}

export function shardNotFound(shardId: string, streamName: string): ServiceError {
  const message = `Could not find shard ${shardId} in stream ${streamName} under account ${ACCOUNT}.`
  return new ServiceError(400, 'ResourceNotFoundException', message)
}

export function throughputExceeded(shardId: string, streamName: string): ServiceError {
  return new ServiceError(400, 'ProvisionedThroughputExceededException', rateExceeded(shardId, streamName))
}

export function rateExceeded(shardId: string, streamName: string): string {
  return `Rate exceeded for shard ${shardId} in stream ${streamName} under account ${ACCOUNT}.`
}

export function validation(message: string): ServiceError {
  return new ServiceError(400, 'ValidationException', `1 validation error detected: ${message}`)
}
