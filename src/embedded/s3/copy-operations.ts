import { createHash } from 'node:crypto'
import { cut } from './blob-pool.ts'
import type { Slice } from './blobs.ts'
import { type Algorithm, type Checksum, isAlgorithm, newDigest } from './checksum.ts'
import { checkCopyConditions, checkWriteConditions } from './conditions.ts'
import { badRequest, invalidArgument } from './errors.ts'
import { objectOf } from './get-object.ts'
import { keptHeaders } from './object-headers.ts'
import { isoTime, quoted, type S3Context, type S3Operation, xmlReply } from './s3-context.ts'
import { copySource, header, type S3Request } from './s3-request.ts'
import type { StoredObject, StoredPart } from './stored-object.ts'
import { checkPartNumber } from './upload-operations.ts'
import { element } from './xml.ts'

/** The most that one copy may move. */
const MAX_BYTES = 5 * 1024 ** 3

/** No byte is copied: the copy shares the source's blobs. */
export const copyObject: S3Operation = async (context, request) => {
  const { catalog, pool, now } = context
  catalog.bucket(request.bucket)
  const place = copySource(request)
  const source = objectOf(catalog, place)
  checkCopyConditions(request, source)
  if (source.sizeBytes > MAX_BYTES) {
    const message = 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120'
    throw badRequest('InvalidRequest', message)
  }
  const headers = copiedHeaders(request, source)
  const { slices } = source
  pool.hold(slices)
  try {
    const digests = await copyDigests(context, source, wantedAlgorithm(request) ?? source.checksum?.algorithm)
    const { objects } = catalog.bucket(request.bucket)
    checkWriteConditions(request, objects.get(request.key))
    const { sizeBytes } = source
    const object = { key: request.key, sizeBytes, lastModifiedMs: now(), slices, headers, ...digests }
    catalog.commit({ kind: 'object', bucket: request.bucket, object })
    return xmlReply('CopyObjectResult', resultElements(object))
  } finally {
    pool.release(slices)
  }
}

export const uploadPartCopy: S3Operation = async (context, request) => {
  const { catalog, pool, now } = context
  const uploadId = request.query.get('uploadId') ?? ''
  const number = checkPartNumber(request.query.get('partNumber'))
  const upload = catalog.upload(uploadId, request.bucket, request.key)
  const source = objectOf(catalog, copySource(request))
  checkCopyConditions(request, source)
  const slices = copiedSlices(request, source)
  pool.hold(slices)
  try {
    const { md5, checksum } = await digestsOf(context, slices, upload.facts.checksum?.algorithm)
    catalog.upload(uploadId, request.bucket, request.key)
    const sizeBytes = slices.reduce((sum, slice) => sum + slice.sizeBytes, 0)
    const part: StoredPart = {
      number,
      etag: md5,
      sizeBytes,
      lastModifiedMs: now(),
      slices,
      ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
    }
    catalog.commit({ kind: 'part', uploadId, part })
    return xmlReply('CopyPartResult', resultElements(part))
  } finally {
    pool.release(slices)
  }
}

function resultElements({
  etag,
  lastModifiedMs,
  checksum,
}: Pick<StoredObject, 'etag' | 'lastModifiedMs' | 'checksum'>) {
  const checksumElement = checksum ? [element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value)] : []
  return [element('ETag', quoted(etag)), element('LastModified', isoTime(lastModifiedMs)), ...checksumElement]
}

function copiedHeaders(request: S3Request, source: StoredObject): StoredObject['headers'] {
  if (header(request, 'x-amz-metadata-directive')?.toUpperCase() === 'REPLACE') return keptHeaders(request)
  const place = copySource(request)
  if (place.bucket !== request.bucket || place.key !== request.key) return source.headers
  throw badRequest(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, " +
      'storage class, website redirect location or encryption attributes.',
  )
}

/** A copy is one piece: an object that was uploaded in parts gets the MD5 of its content as its entity tag. */
async function copyDigests(
  context: S3Context,
  source: StoredObject,
  algorithm: Algorithm | undefined,
): Promise<Pick<StoredObject, 'etag' | 'checksum'>> {
  const { etag, checksum, slices } = source
  const sameChecksum = checksum?.algorithm === algorithm && checksum?.type !== 'COMPOSITE'
  if (!etag.includes('-') && sameChecksum) return checksum ? { etag, checksum } : { etag }
  const fresh = await digestsOf(context, slices, algorithm)
  return { etag: fresh.md5, ...(fresh.checksum && { checksum: { ...fresh.checksum, type: 'FULL_OBJECT' } }) }
}

async function digestsOf(
  { pool }: S3Context,
  slices: readonly Slice[],
  algorithm: Algorithm | undefined,
): Promise<{ readonly md5: string; readonly checksum: Omit<Checksum, 'type'> | undefined }> {
  const md5 = createHash('md5')
  const digest = algorithm === undefined ? undefined : newDigest(algorithm)
  for await (const bytes of pool.stream(slices)) {
    md5.update(bytes)
    digest?.update(bytes)
  }
  const checksum = algorithm && digest ? { algorithm, value: digest.value() } : undefined
  return { md5: md5.digest('hex'), checksum }
}

function wantedAlgorithm(request: S3Request): Algorithm | undefined {
  const wanted = (header(request, 'x-amz-checksum-algorithm') ?? '').toLowerCase()
  return isAlgorithm(wanted) ? wanted : undefined
}

function copiedSlices(request: S3Request, source: StoredObject): readonly Slice[] {
  const text = header(request, 'x-amz-copy-source-range')
  if (text === undefined) return source.slices
  const match = /^bytes=(\d+)-(\d+)$/.exec(text)
  const [start, last] = [Number(match?.[1]), Number(match?.[2])]
  if (match && start <= last && last < source.sizeBytes) return cut(source.slices, start, last + 1)
  throw invalidArgument(`Range specified is not valid for source object of size: ${source.sizeBytes}`)
}
