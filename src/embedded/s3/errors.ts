import { ServiceError } from '../http/service-error.ts'

export function noSuchBucket(): ServiceError {
  return new ServiceError(404, 'NoSuchBucket', 'The specified bucket does not exist')
}

export function noSuchKey(): ServiceError {
  return new ServiceError(404, 'NoSuchKey', 'The specified key does not exist.')
}

export function noSuchUpload(): ServiceError {
  const message =
    'The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been'
  return new ServiceError(404, 'NoSuchUpload', `${message} aborted or completed.`)
}

export function preconditionFailed(): ServiceError {
  return new ServiceError(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}

export function badRequest(code: string, message: string): ServiceError {
  return new ServiceError(400, code, message)
}

export function invalidArgument(message: string): ServiceError {
  return badRequest('InvalidArgument', message)
}

export function notImplemented(what: string): ServiceError {
  return new ServiceError(501, 'NotImplemented', `${what} implies functionality that is not implemented`)
}
