import { SluiceError } from '../util/errors.ts'
import { assertKeyPrefix, assertObjectKey } from '../util/object-key.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** A prefix in a bucket. */
export interface S3Place {
  readonly url: string
  readonly bucket: string
  /** Empty, or ends with `/`. */
  readonly prefix: string
}

/** Reads `s3://bucket/prefix`; refuses anything else with code `bad-url`. */
export function parseS3Url(url: string): S3Place {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(.*)$/is.exec(url) ?? []
  if (!BUCKET.test(bucket)) {
    throw new SluiceError({
      code: 'bad-url',
      kind: 'invalid',
      message: `Write s3://bucket/prefix; a bucket's name has 3 to 63 lower-case letters, digits, '.' or '-': '${url}'`,
    })
  }
  const prefix = path.replace(/^\/|\/+$/g, '')
  if (prefix !== '') assertKeyPrefix(`${prefix}/`)
  return { url: prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`, bucket, prefix: prefix && `${prefix}/` }
}

/** The key in the bucket. */
export function keyIn({ prefix }: S3Place, key: string): string {
  // Checked apart, as a prefix would hide that a key is empty or absolute; together, for their length.
  assertObjectKey(key)
  assertObjectKey(prefix + key)
  return prefix + key
}

/** The same of a key that a listing gave. In a bucket no name leads out of a prefix, whatever it is made of. */
export function listedKeyIn({ prefix }: S3Place, key: string): string {
  if (key === '') assertObjectKey(key)
  return prefix + key
}

/** As the header that names the source of a copy wants it. */
export function copySource({ bucket }: S3Place, keyInBucket: string): string {
  return `${bucket}/${keyInBucket.split('/').map(encodeURIComponent).join('/')}`
}
