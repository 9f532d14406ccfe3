import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import { awsError } from './aws-error.ts'
import { type MultipartTarget, MultipartUpload } from './s3-multipart.ts'
import { copySource, type S3Place } from './s3-place.ts'

export interface CopySizes {
  /** The largest object that one call copies; S3's limit is 5 GB. */
  readonly copyLimitBytes: number
  /** Of larger ones. Fixed, as the ETag of the copy depends on it, and several may make that copy. */
  readonly copyPartBytes: number
}

export interface CopySource {
  readonly place: S3Place
  /** In the bucket. */
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
}

/** Copies inside S3; answers with the ETag of the copy. */
export async function copyInS3(
  source: CopySource,
  target: MultipartTarget,
  sizes: CopySizes,
): Promise<string | undefined> {
  const from = { CopySource: copySource(source.place, source.key), CopySourceIfMatch: source.etag }
  if (source.sizeBytes <= sizes.copyLimitBytes) return copyWhole(target, from)
  const upload = new MultipartUpload(target)
  try {
    for (let start = 0; start < source.sizeBytes; start += sizes.copyPartBytes) {
      const end = Math.min(start + sizes.copyPartBytes, source.sizeBytes)
      await upload.add(copyPart(target, { ...from, CopySourceRange: `bytes=${start}-${end - 1}` }))
    }
    return await upload.complete()
  } catch (error) {
    await upload.abort()
    throw awsError(error, target.url)
  }
}

interface From {
  readonly CopySource: string
  readonly CopySourceIfMatch: string
}

async function copyWhole({ client, bucket, key }: MultipartTarget, from: From): Promise<string | undefined> {
  const answer = await client.send(new CopyObjectCommand({ ...from, Bucket: bucket, Key: key }))
  return answer.CopyObjectResult?.ETag
}

function copyPart({ client, bucket, key }: MultipartTarget, from: From & { readonly CopySourceRange: string }) {
  return async (UploadId: string, PartNumber: number) => {
    const command = new UploadPartCopyCommand({ ...from, Bucket: bucket, Key: key, UploadId, PartNumber })
    return (await client.send(command)).CopyPartResult?.ETag
  }
}
