import { checkWriteConditions } from './conditions.ts'
import { checksumHeaders, keptHeaders } from './object-headers.ts'
import { receiveBody } from './receive-body.ts'
import { quoted, type S3Operation } from './s3-context.ts'
import type { StoredObject } from './stored-object.ts'

export const putObject: S3Operation = async ({ catalog, pool, now }, request) => {
  catalog.bucket(request.bucket)
  const { slices, sizeBytes, md5: etag, checksum } = await receiveBody(request, pool)
  try {
    const { objects } = catalog.bucket(request.bucket)
    checkWriteConditions(request, objects.get(request.key))
    const object: StoredObject = {
      key: request.key,
      etag,
      sizeBytes,
      lastModifiedMs: now(),
      slices,
      headers: keptHeaders(request),
      ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
    }
    catalog.commit({ kind: 'object', bucket: request.bucket, object })
    return { status: 200, headers: { etag: quoted(etag), ...checksumHeaders(object) } }
  } finally {
    pool.release(slices)
  }
}
