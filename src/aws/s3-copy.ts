import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import { awsError } from './aws-error.ts'
import { type MultipartTarget, MultipartUpload, type SendPart, sentPart } from './s3-multipart.ts'
import { copySource, type S3Place } from './s3-place.ts'

export interface CopySource {
  readonly place: S3Place
  /** In the bucket. */
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
}

/**
 * Copies inside S3, what is larger than `partBytes` in parts of that size; answers with the ETag of the copy, which depends on
 * it. S3 has answered with nothing until a part is copied, so a part is no more than what that takes seconds for.
 */
export async function copyInS3(
  source: CopySource,
  target: MultipartTarget,
  partBytes: number,
): Promise<string | undefined> {
  const from = { CopySource: copySource(source.place, source.key), CopySourceIfMatch: source.etag }
  if (source.sizeBytes <= partBytes) return copyWhole(target, from)
  const upload = new MultipartUpload(target)
  try {
    for (let start = 0; start < source.sizeBytes; start += partBytes) {
      const end = Math.min(start + partBytes, source.sizeBytes)
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

function copyPart(
  { client, bucket, key }: MultipartTarget,
  from: From & { readonly CopySourceRange: string },
): SendPart {
  return async (UploadId: string, PartNumber: number) => {
    const command = new UploadPartCopyCommand({ ...from, Bucket: bucket, Key: key, UploadId, PartNumber })
    return sentPart((await client.send(command)).CopyPartResult)
  }
}
