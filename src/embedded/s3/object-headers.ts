import { headerOf } from './receive-body.ts'
import { header, type S3Request } from './s3-request.ts'
import type { ObjectHeaders, StoredObject } from './stored-object.ts'

const KEPT = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
  'x-amz-storage-class',
]

/** What an object keeps of the headers it was put with. */
export function keptHeaders(request: S3Request): ObjectHeaders {
  const kept: Record<string, string> = {}
  for (const name of Object.keys(request.message.headers)) {
    const value = header(request, name)
    if (value !== undefined && (KEPT.includes(name) || name.startsWith('x-amz-meta-'))) kept[name] = value
  }
  const encodings = (header(request, 'content-encoding') ?? '').split(',').map((encoding) => encoding.trim())
  const encoding = encodings.filter((name) => name !== '' && name !== 'aws-chunked').join(',')
  return encoding === '' ? kept : { ...kept, 'content-encoding': encoding }
}

const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
]

/** What a read of the object answers with, whole or in part. */
export function answeredHeaders(request: S3Request, object: StoredObject): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    ...validators(object),
    'accept-ranges': 'bytes',
  }
  for (const name of OVERRIDES) {
    const value = request.query.get(`response-${name}`)
    if (value !== null) headers[name] = value
  }
  return headers
}

/** What identifies the object's content. */
export function validators({ etag, lastModifiedMs }: StoredObject): Record<string, string> {
  return { etag: `"${etag}"`, 'last-modified': new Date(lastModifiedMs).toUTCString() }
}

export function checksumHeaders({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> {
  if (!checksum) return {}
  return { [headerOf(checksum)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}
