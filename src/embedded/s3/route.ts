import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket-operations.ts'
import { copyObject, uploadPartCopy } from './copy-operations.ts'
import { deleteObject, deleteObjects } from './delete-operations.ts'
import { notImplemented } from './errors.ts'
import { getObject, headObject } from './get-object.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { putObject } from './put-object.ts'
import type { S3Operation } from './s3-context.ts'
import { header, type S3Request } from './s3-request.ts'
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './upload-operations.ts'

/** An operation and its name in the API. */
export interface Route {
  readonly operation: string
  readonly perform: S3Operation
}

/** Parameters that refine an operation; any other one without a value of the request's own asks for something else. */
const REFINING = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'marker',
  'max-keys',
  'start-after',
  'continuation-token',
  'encoding-type',
  'fetch-owner',
  'max-buckets',
  'bucket-region',
  'x-id',
  'uploads',
  'delete',
  'location',
  'uploadId',
  'max-uploads',
  'key-marker',
  'upload-id-marker',
  'max-parts',
  'part-number-marker',
  'partNumber',
])

/** What a request asks for; operations that are not served are refused by name, never mistaken for another. */
export function route(request: S3Request): Route {
  const unknown = [...request.query.keys()].find((name) => !isServed(name))
  const found = unknown === undefined ? find(request) : undefined
  if (found) return found
  const operation = `${request.method}${unknown === undefined ? '' : `?${unknown}`}`
  const perform = () => {
    throw notImplemented(`${operation}, which you asked for,`)
  }
  return { operation, perform }
}

function isServed(name: string): boolean {
  return REFINING.has(name) || name.startsWith('response-') || name.toLowerCase().startsWith('x-amz-')
}

function find(request: S3Request): Route | undefined {
  if (request.bucket === '')
    return request.method === 'GET' ? { operation: 'ListBuckets', perform: listBuckets } : undefined
  return request.key === '' ? findOnBucket(request) : findOnObject(request)
}

function findOnBucket({ method, query }: S3Request): Route | undefined {
  switch (method) {
    case 'PUT':
      return { operation: 'CreateBucket', perform: createBucket }
    case 'HEAD':
      return { operation: 'HeadBucket', perform: headBucket }
    case 'DELETE':
      return { operation: 'DeleteBucket', perform: deleteBucket }
    case 'POST':
      return query.has('delete') ? { operation: 'DeleteObjects', perform: deleteObjects } : undefined
    case 'GET':
      if (query.has('location')) return { operation: 'GetBucketLocation', perform: getBucketLocation }
      if (query.has('uploads')) return { operation: 'ListMultipartUploads', perform: listMultipartUploads }
      if (query.get('list-type') === '2') return { operation: 'ListObjectsV2', perform: listObjectsV2 }
      return { operation: 'ListObjects', perform: listObjects }
    default:
      return undefined
  }
}

function findOnObject(request: S3Request): Route | undefined {
  const { method, query } = request
  const ofUpload = query.has('uploadId')
  switch (method) {
    case 'PUT':
      return findPut(request)
    case 'GET':
      if (ofUpload) return { operation: 'ListParts', perform: listParts }
      return query.has('partNumber') ? undefined : { operation: 'GetObject', perform: getObject }
    case 'HEAD':
      return query.has('partNumber') ? undefined : { operation: 'HeadObject', perform: headObject }
    case 'DELETE':
      if (ofUpload) return { operation: 'AbortMultipartUpload', perform: abortMultipartUpload }
      return { operation: 'DeleteObject', perform: deleteObject }
    case 'POST':
      if (ofUpload) return { operation: 'CompleteMultipartUpload', perform: completeMultipartUpload }
      return query.has('uploads') ? { operation: 'CreateMultipartUpload', perform: createMultipartUpload } : undefined
    default:
      return undefined
  }
}

function findPut(request: S3Request): Route {
  const copies = header(request, 'x-amz-copy-source') !== undefined
  if (request.query.has('uploadId')) {
    if (copies) return { operation: 'UploadPartCopy', perform: uploadPartCopy }
    return { operation: 'UploadPart', perform: uploadPart }
  }
  if (copies) return { operation: 'CopyObject', perform: copyObject }
  return { operation: 'PutObject', perform: putObject }
}
