import { createHash, randomUUID } from 'node:crypto'
import { readBody } from '../http/body.ts'
import type { Reply } from '../http/reply.ts'
import type { Upload } from './catalog.ts'
import { type Checksum, isAlgorithm, newDigest } from './checksum.ts'
import { checkWriteConditions } from './conditions.ts'
import { badRequest, invalidArgument } from './errors.ts'
import { checksumHeaders, keptHeaders } from './object-headers.ts'
import { receiveBody } from './receive-body.ts'
import { isoTime, quoted, type S3Context, type S3Operation, xmlReply } from './s3-context.ts'
import { header, type S3Request } from './s3-request.ts'
import type { StoredObject, StoredPart, StoredUpload } from './stored-object.ts'
import { element, elementsOf, textOf } from './xml.ts'

const MAX_PARTS = 10_000
/** Every part but the last has at least this. */
const MIN_PART_BYTES = 5 * 1024 * 1024
const LIMIT_BYTES = 8 * 1024 * 1024

export const createMultipartUpload: S3Operation = ({ catalog, now }, request) => {
  const { bucket, key } = request
  catalog.bucket(bucket)
  const id = randomUUID().replaceAll('-', '')
  const checksum = announcedChecksum(request)
  const facts = { id, bucket, key, startedMs: now(), headers: keptHeaders(request) }
  const upload: StoredUpload = checksum ? { ...facts, checksum } : facts
  catalog.commit({ kind: 'upload', upload })
  const elements = [element('Bucket', bucket), element('Key', key), element('UploadId', id)]
  return xmlReply('InitiateMultipartUploadResult', elements, {
    ...(checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
      'x-amz-checksum-type': checksum.type,
    }),
  })
}

function announcedChecksum(request: S3Request): StoredUpload['checksum'] {
  const algorithm = (header(request, 'x-amz-checksum-algorithm') ?? '').toLowerCase()
  if (!isAlgorithm(algorithm)) return undefined
  const type = header(request, 'x-amz-checksum-type') ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE')
  return { algorithm, type: type === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE' }
}

export const uploadPart: S3Operation = async ({ catalog, pool, now }, request) => {
  const { bucket, key, query } = request
  const uploadId = query.get('uploadId') ?? ''
  const number = checkPartNumber(query.get('partNumber'))
  const { facts } = catalog.upload(uploadId, bucket, key)
  const { slices, sizeBytes, md5: etag, checksum } = await receiveBody(request, pool, facts.checksum?.algorithm)
  try {
    // It may have been completed or aborted while the part came in.
    catalog.upload(uploadId, bucket, key)
    const stored = { number, etag, sizeBytes, lastModifiedMs: now(), slices }
    const part: StoredPart = checksum ? { ...stored, checksum: { ...checksum, type: 'FULL_OBJECT' } } : stored
    catalog.commit({ kind: 'part', uploadId, part })
    const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(part)
    return { status: 200, headers: { etag: quoted(etag), ...headers } }
  } finally {
    pool.release(slices)
  }
}

export function checkPartNumber(text: string | null): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number
  throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`)
}

/** The object and the end of the upload are one change: after a kill there are both or neither. */
export const completeMultipartUpload: S3Operation = async (context, request) => {
  const { catalog, pool } = context
  const { bucket, key, query } = request
  const uploadId = query.get('uploadId') ?? ''
  const xml = (await readBody(request.message, LIMIT_BYTES)).toString('utf8')
  const upload = catalog.upload(uploadId, bucket, key)
  const parts = wantedParts(upload, xml)
  const slices = parts.flatMap((part) => part.slices)
  // A part that is uploaded again meanwhile must not take its content away.
  pool.hold(slices)
  try {
    const checksum = await uploadChecksum(context, upload.facts, parts)
    catalog.upload(uploadId, bucket, key)
    checkWriteConditions(request, catalog.bucket(bucket).objects.get(key))
    const object = assembled(upload.facts, parts, { lastModifiedMs: context.now(), checksum })
    catalog.commit({ kind: 'object', bucket, object }, { kind: 'upload-gone', uploadId })
    return completed(bucket, object)
  } finally {
    pool.release(slices)
  }
}

function completed(bucket: string, { key, etag, checksum }: StoredObject): Reply {
  const about = [element('Location', `/${bucket}/${key}`), element('Bucket', bucket), element('Key', key)]
  const elements = [...about, element('ETag', quoted(etag))]
  if (!checksum) return xmlReply('CompleteMultipartUploadResult', elements)
  const { algorithm, value, type } = checksum
  const checksumElements = [element(`Checksum${algorithm.toUpperCase()}`, value), element('ChecksumType', type)]
  return xmlReply('CompleteMultipartUploadResult', [...elements, ...checksumElements])
}

/** The parts that the client names, which may leave some out, checked against what was uploaded. */
function wantedParts({ parts, facts: { checksum } }: Upload, xml: string): readonly StoredPart[] {
  const named = elementsOf(xml, 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
    checksum: checksum && textOf(part, `Checksum${checksum.algorithm.toUpperCase()}`),
  }))
  if (named.length === 0) {
    throw badRequest(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0))) {
    throw badRequest('InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  return named.map(({ number, etag, checksum: said }, index) => {
    const part = parts.get(number)
    if (part?.etag !== etag || !part) throw invalidPart()
    if (said === undefined && checksum?.type === 'COMPOSITE') throw checksumMissing(checksum.algorithm)
    if (said !== undefined && said !== part.checksum?.value) throw invalidPart()
    if (part.sizeBytes < MIN_PART_BYTES && index < named.length - 1) {
      throw badRequest('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    }
    return part
  })
}

function invalidPart(): Error {
  const message = 'One or more of the specified parts could not be found. The part may not have been uploaded, or the'
  return badRequest('InvalidPart', `${message} specified entity tag may not match the part's entity tag.`)
}

function checksumMissing(algorithm: string): Error {
  const message = `The upload was created using a ${algorithm} checksum. The complete request must include the checksum`
  return badRequest('InvalidRequest', `${message} for each part.`)
}

function assembled(
  { key, headers }: StoredUpload,
  parts: readonly StoredPart[],
  { lastModifiedMs, checksum }: { readonly lastModifiedMs: number; readonly checksum: Checksum | undefined },
): StoredObject {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'))
  const object = {
    key,
    etag: `${md5.digest('hex')}-${parts.length}`,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    lastModifiedMs,
    slices: parts.flatMap(({ slices }) => slices),
    headers,
  }
  return checksum ? { ...object, checksum } : object
}

/** Of the parts' checksums, or of the whole content, as was announced. */
async function uploadChecksum(
  { pool }: S3Context,
  { checksum }: StoredUpload,
  parts: readonly StoredPart[],
): Promise<Checksum | undefined> {
  if (!checksum) return undefined
  const digest = newDigest(checksum.algorithm)
  if (checksum.type === 'COMPOSITE') {
    for (const part of parts) digest.update(Buffer.from(part.checksum?.value ?? '', 'base64'))
    return { ...checksum, value: `${digest.value()}-${parts.length}` }
  }
  for await (const bytes of pool.stream(parts.flatMap(({ slices }) => slices))) digest.update(bytes)
  return { ...checksum, value: digest.value() }
}

export const abortMultipartUpload: S3Operation = ({ catalog }, { bucket, key, query }) => {
  const uploadId = query.get('uploadId') ?? ''
  catalog.upload(uploadId, bucket, key)
  catalog.commit({ kind: 'upload-gone', uploadId })
  return { status: 204 }
}

export const listParts: S3Operation = ({ catalog }, { bucket, key, query }) => {
  const uploadId = query.get('uploadId') ?? ''
  const { parts } = catalog.upload(uploadId, bucket, key)
  const after = Number(query.get('part-number-marker') ?? 0)
  const limit = Math.min(1000, Number(query.get('max-parts') ?? 1000))
  const rest = [...parts.values()].sort((a, b) => a.number - b.number).filter(({ number }) => number > after)
  const page = rest.slice(0, limit)
  return xmlReply('ListPartsResult', [
    element('Bucket', bucket),
    element('Key', key),
    element('UploadId', uploadId),
    element('PartNumberMarker', after),
    element('NextPartNumberMarker', page.at(-1)?.number),
    element('MaxParts', limit),
    element('IsTruncated', rest.length > limit),
    ...page.map(partElement),
  ])
}

function partElement({ number, lastModifiedMs, etag, sizeBytes, checksum }: StoredPart): string {
  return element('Part', [
    element('PartNumber', number),
    element('LastModified', isoTime(lastModifiedMs)),
    element('ETag', quoted(etag)),
    element('Size', sizeBytes),
    ...(checksum ? [element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value)] : []),
  ])
}

/** All uploads under way, in one page. */
export const listMultipartUploads: S3Operation = ({ catalog }, { bucket, query }) => {
  catalog.bucket(bucket)
  const prefix = query.get('prefix') ?? ''
  const found = catalog.uploads.filter(({ facts }) => facts.bucket === bucket && facts.key.startsWith(prefix))
  const uploads = found.map(({ facts: { id, key, startedMs } }) =>
    element('Upload', [element('Key', key), element('UploadId', id), element('Initiated', isoTime(startedMs))]),
  )
  const about = [element('Bucket', bucket), element('Prefix', prefix), element('IsTruncated', false)]
  return xmlReply('ListMultipartUploadsResult', [...about, ...uploads])
}
