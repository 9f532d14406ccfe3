import type { IncomingMessage } from 'node:http'
import { badRequest } from './errors.ts'

/** A request with its path-style address taken apart. */
export interface S3Request {
  readonly method: string
  /** Empty for the service itself. */
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  readonly message: IncomingMessage
}

const KEY_BYTES = 1024

/** Not by the URL class, which would fold `..` and `//` in keys. */
export function readS3Request(message: IncomingMessage): S3Request {
  const url = message.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const slash = path.indexOf('/', 1)
  const bucket = decoded(slash < 0 ? path.slice(1) : path.slice(1, slash))
  const key = slash < 0 ? '' : decoded(path.slice(slash + 1))
  if (Buffer.byteLength(key) > KEY_BYTES) throw badRequest('KeyTooLongError', 'Your key is too long')
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  return { method: message.method ?? 'GET', bucket, key, query, message }
}

/** A header's value; of several the first. */
export function header({ message }: S3Request, name: string): string | undefined {
  const value = message.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** What `x-amz-copy-source` names: `bucket/key`, with or without a slash in front. */
export function copySource(request: S3Request): { readonly bucket: string; readonly key: string } {
  const source = (header(request, 'x-amz-copy-source') ?? '').replace(/^\//, '')
  const slash = source.indexOf('/')
  if (slash < 1) throw badRequest('InvalidArgument', 'Copy Source must mention the source bucket and key: /bucket/key')
  const [path = ''] = source.split('?versionId=')
  return { bucket: decoded(path.slice(0, slash)), key: decoded(path.slice(slash + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest('InvalidURI', "Couldn't parse the specified URI.")
  }
}
