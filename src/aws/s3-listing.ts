import { type _Object, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { ListOptions, ObjectInfo } from '../ports/object-store.ts'
import { isFolderKey } from '../util/object-key.ts'
import { awsError } from './aws-error.ts'
import type { S3Place } from './s3-place.ts'

/** Lists below a place. Leaves out the empty objects whose names end in `/`, by which consoles show folders. */
export async function* listS3(
  client: () => S3Client,
  place: S3Place,
  query: ListOptions & { readonly prefix: string },
): AsyncGenerator<ObjectInfo[]> {
  const { startAfter, delimiter } = query
  const input = {
    Bucket: place.bucket,
    Prefix: place.prefix + query.prefix,
    // XML cannot hold every character that a key can.
    EncodingType: 'url' as const,
    ...(startAfter !== undefined && { StartAfter: place.prefix + startAfter }),
    ...(delimiter !== undefined && { Delimiter: delimiter }),
  }
  let token: string | undefined
  do {
    const command = new ListObjectsV2Command({ ...input, ContinuationToken: token })
    const answer = await client()
      .send(command)
      .catch((error: unknown) => {
        throw awsError(error, `${place.url}/${query.prefix}`)
      })
    const infos = (answer.Contents ?? []).map((object) => infoOf(object, place))
    const page = infos.filter(({ key, sizeBytes }) => sizeBytes > 0 || !isFolderKey(key))
    if (page.length > 0) yield page
    token = answer.IsTruncated ? answer.NextContinuationToken : undefined
  } while (token !== undefined)
}

function infoOf({ Key = '', Size = 0, ETag, LastModified }: _Object, { prefix }: S3Place): ObjectInfo {
  return {
    key: decodeURIComponent(Key.replaceAll('+', ' ')).slice(prefix.length),
    sizeBytes: Size,
    etag: unquoted(ETag),
    lastModifiedMs: LastModified?.getTime() ?? 0,
  }
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '')
}
