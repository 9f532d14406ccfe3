import { createHash } from 'node:crypto'
import { decodeAwsChunked } from './aws-chunked.ts'
import type { BlobPool } from './blob-pool.ts'
import type { Slice } from './blobs.ts'
import { ALGORITHMS, type Algorithm, type Checksum, isAlgorithm, newDigest } from './checksum.ts'
import { badRequest } from './errors.ts'
import { header, type S3Request } from './s3-request.ts'

/** A body that was stored, and found to be what its sender said. Its slices are held until the caller releases them. */
export interface ReceivedBody {
  readonly slices: readonly Slice[]
  readonly sizeBytes: number
  /** Hexadecimal. */
  readonly md5: string
  readonly checksum: Omit<Checksum, 'type'> | undefined
}

/** The most that one put may bring. */
const MAX_BYTES = 5 * 1024 ** 3

/** Streams the body into a blob while it is digested; refuses it if it differs from a length or a checksum that was given. */
export async function receiveBody(request: S3Request, pool: BlobPool, wanted?: Algorithm): Promise<ReceivedBody> {
  const announcedBytes = announcedLength(request)
  const trailers = new Map<string, string>()
  const algorithm = announcedAlgorithm(request) ?? wanted
  const md5 = createHash('md5')
  const contentSha256 = header(request, 'x-amz-content-sha256') ?? ''
  const sha256 = /^[0-9a-f]{64}$/.test(contentSha256) ? createHash('sha256') : undefined
  const digest = algorithm === undefined ? undefined : newDigest(algorithm)
  const source = isAwsChunked(request) ? decodeAwsChunked(request.message, trailers) : request.message
  const blob = await pool.write(digested(source, [md5, ...(sha256 ? [sha256] : []), ...(digest ? [digest] : [])]))
  const slices = [{ blob: blob.id, offset: 0, sizeBytes: blob.sizeBytes }]
  try {
    const md5Bytes = md5.digest()
    if (blob.sizeBytes !== announcedBytes) throw incomplete()
    if (sha256 && sha256.digest('hex') !== contentSha256) throw sha256Mismatch()
    checkMd5(header(request, 'content-md5'), md5Bytes)
    const checksum = algorithm && digest ? { algorithm, value: digest.value() } : undefined
    if (checksum) checkChecksum(checksum, header(request, headerOf(checksum)) ?? trailers.get(headerOf(checksum)))
    return { slices, sizeBytes: blob.sizeBytes, md5: md5Bytes.toString('hex'), checksum }
  } catch (error) {
    pool.release(slices)
    throw error
  }
}

/** The header that carries a checksum of this algorithm. */
export function headerOf({ algorithm }: Pick<Checksum, 'algorithm'>): string {
  return `x-amz-checksum-${algorithm}`
}

async function* digested(
  source: AsyncIterable<Buffer>,
  digests: readonly { update(bytes: Buffer): unknown }[],
): AsyncIterable<Buffer> {
  for await (const bytes of source) {
    for (const digest of digests) digest.update(bytes)
    yield bytes
  }
}

function isAwsChunked(request: S3Request): boolean {
  const encodings = header(request, 'content-encoding') ?? ''
  return encodings.includes('aws-chunked') || (header(request, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-')
}

function announcedLength(request: S3Request): number {
  const name = isAwsChunked(request) ? 'x-amz-decoded-content-length' : 'content-length'
  const text = header(request, name)
  if (text === undefined || !/^\d+$/.test(text)) {
    throw badRequest('MissingContentLength', `You must provide the ${name} HTTP header.`)
  }
  if (Number(text) > MAX_BYTES) {
    throw badRequest('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
  }
  return Number(text)
}

/** By a checksum in a header, by one announced for the trailer, or by the SDK's hint. */
function announcedAlgorithm(request: S3Request): Algorithm | undefined {
  const given = ALGORITHMS.filter((algorithm) => header(request, headerOf({ algorithm })) !== undefined)
  if (given.length > 1) {
    throw badRequest(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  const trailer = /x-amz-checksum-(\w+)/.exec((header(request, 'x-amz-trailer') ?? '').toLowerCase())?.[1] ?? ''
  const hint = (header(request, 'x-amz-sdk-checksum-algorithm') ?? '').toLowerCase()
  return given[0] ?? [trailer, hint].find(isAlgorithm)
}

function checkMd5(given: string | undefined, actual: Buffer): void {
  if (given === undefined) return
  const bytes = Buffer.from(given, 'base64')
  if (bytes.length !== 16) throw badRequest('InvalidDigest', 'The Content-MD5 you specified was invalid.')
  if (bytes.equals(actual)) return
  throw badRequest('BadDigest', 'The Content-MD5 you specified did not match what we received.')
}

function checkChecksum(actual: Omit<Checksum, 'type'>, given: string | undefined): void {
  if (given === undefined || given === actual.value) return
  const name = actual.algorithm.toUpperCase()
  throw badRequest('BadDigest', `The ${name} you specified did not match the calculated checksum.`)
}

function incomplete(): Error {
  const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header'
  return badRequest('IncompleteBody', message)
}

function sha256Mismatch(): Error {
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed."
  return badRequest('XAmzContentSHA256Mismatch', message)
}
