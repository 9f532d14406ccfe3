import type { Reply } from '../http/reply.ts'
import { ServiceError } from '../http/service-error.ts'
import { cut } from './blob-pool.ts'
import type { Catalog } from './catalog.ts'
import { checkReadConditions } from './conditions.ts'
import { noSuchKey } from './errors.ts'
import { answeredHeaders, checksumHeaders, validators } from './object-headers.ts'
import type { S3Operation } from './s3-context.ts'
import { header, type S3Request } from './s3-request.ts'
import type { StoredObject } from './stored-object.ts'

export const getObject: S3Operation = ({ catalog, pool }, request) => {
  const object = objectOf(catalog, request)
  if (checkReadConditions(request, object) === 'not-modified') return notModified(object)
  const { status, headers, start, end } = answered(request, object)
  return { status, headers, body: pool.content(cut(object.slices, start, end)) }
}

export const headObject: S3Operation = ({ catalog }, request) => {
  const object = objectOf(catalog, request)
  if (checkReadConditions(request, object) === 'not-modified') return notModified(object)
  const { status, headers } = answered(request, object)
  return { status, headers }
}

export function objectOf(catalog: Catalog, { bucket, key }: Pick<S3Request, 'bucket' | 'key'>): StoredObject {
  const object = catalog.bucket(bucket).objects.get(key)
  if (!object) throw noSuchKey()
  return object
}

function notModified(object: StoredObject): Reply {
  return { status: 304, headers: validators(object) }
}

interface Answered {
  readonly status: number
  readonly headers: Record<string, string | number>
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

function answered(request: S3Request, object: StoredObject): Answered {
  const { sizeBytes } = object
  const range = byteRange(header(request, 'range'), sizeBytes)
  const { start, end } = range ?? { start: 0, end: sizeBytes }
  const headers = { ...answeredHeaders(request, object), 'content-length': end - start }
  if (range) {
    const contentRange = `bytes ${start}-${end - 1}/${sizeBytes}`
    return { status: 206, headers: { ...headers, 'content-range': contentRange }, start, end }
  }
  // A checksum is of the whole object, so a part of it comes without.
  const wanted = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  return { status: 200, headers: { ...headers, ...(wanted && checksumHeaders(object)) }, start, end }
}

/** Nothing for no range, and for one that S3 ignores: several at once, or not in bytes. */
function byteRange(text: string | undefined, sizeBytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (start < end) return { start, end }
  throw new ServiceError(416, 'InvalidRange', 'The requested range is not satisfiable')
}
