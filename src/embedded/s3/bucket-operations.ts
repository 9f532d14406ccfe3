import { ServiceError } from '../http/service-error.ts'
import { badRequest } from './errors.ts'
import { isoTime, type S3Operation, xmlReply } from './s3-context.ts'
import { element } from './xml.ts'

const OWNER = element('Owner', [element('ID', 'embedded'), element('DisplayName', 'embedded')])

export const listBuckets: S3Operation = ({ catalog }) => {
  const buckets = catalog.buckets.map(({ name, createdMs }) =>
    element('Bucket', [element('Name', name), element('CreationDate', isoTime(createdMs))]),
  )
  return xmlReply('ListAllMyBucketsResult', [element('Buckets', buckets), OWNER])
}

export const createBucket: S3Operation = ({ catalog, now }, { bucket: name, message }) => {
  message.resume()
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw badRequest('InvalidBucketName', 'The specified bucket is not valid.')
  }
  if (catalog.findBucket(name)) {
    const text = 'Your previous request to create the named bucket succeeded and you already own it.'
    throw new ServiceError(409, 'BucketAlreadyOwnedByYou', text)
  }
  catalog.commit({ kind: 'bucket', name, createdMs: now() })
  return { status: 200, headers: { location: `/${name}` } }
}

export const headBucket: S3Operation = ({ catalog }, { bucket }) => {
  catalog.bucket(bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } }
}

export const deleteBucket: S3Operation = ({ catalog }, { bucket: name }) => {
  if (catalog.bucket(name).objects.size > 0) {
    throw new ServiceError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty')
  }
  const uploads = catalog.uploads.filter(({ facts }) => facts.bucket === name)
  const gone = uploads.map(({ facts }) => ({ kind: 'upload-gone', uploadId: facts.id }) as const)
  catalog.commit(...gone, { kind: 'bucket-gone', name })
  return { status: 204 }
}

export const getBucketLocation: S3Operation = ({ catalog }, { bucket }) => {
  catalog.bucket(bucket)
  return xmlReply('LocationConstraint', [])
}
