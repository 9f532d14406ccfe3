import type { IncomingMessage } from 'node:http'
import { readBody } from './body.ts'
import type { Reply } from './reply.ts'
import { ServiceError } from './service-error.ts'

/** A call in one of the AWS JSON protocols: the operation stands in a header, the input is the body. */
export interface JsonCall {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

const LIMIT_BYTES = 64 * 1024 * 1024

/** Reads `x-amz-target: Service_Version.Operation` and the JSON body. */
export async function readJsonCall(request: IncomingMessage): Promise<JsonCall> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-amz-json-1\.[01]/.test(type)) throw notJson(type)
  const target = String(request.headers['x-amz-target'] ?? '')
  const body = await readBody(request, LIMIT_BYTES)
  const operation = target.slice(target.lastIndexOf('.') + 1)
  if (operation === '') throw new ServiceError(400, 'UnknownOperationException', 'x-amz-target names no operation')
  return { operation, input: parse(body), body }
}

function notJson(type: string): ServiceError {
  const message = `Only JSON is served here; clients that prefer CBOR take AWS_CBOR_DISABLE=true: ${type}`
  return new ServiceError(415, 'UnsupportedMediaTypeException', message)
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {}
  try {
    const input: unknown = JSON.parse(body.toString('utf8'))
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>
  } catch {
    // Said below, in the service's words.
  }
  throw new ServiceError(400, 'SerializationException', 'The request body is not a JSON object')
}

/** An error as the JSON protocols send it. */
export function jsonError({ status, code, message }: ServiceError, contentType: string): Reply {
  return {
    status,
    headers: { 'content-type': contentType, 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }
}
