import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ObjectInfo, StoredObject } from '../ports/object-store.ts'
import { isRetryable, messageOf, type SluiceError } from '../util/errors.ts'
import { objectDamaged } from '../util/object-errors.ts'
import { awsError, httpStatus } from './aws-error.ts'

/** Cut connections in a row, without a byte between them, after which a read fails. */
const MAX_TRIES = 4

export interface S3Reading {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  readonly url: string
  readonly info: ObjectInfo
  readonly start: number
  readonly end: number
  /** What to reject with when the rest turns out to be of another object. */
  readonly changed: () => SluiceError
}

/**
 * The bytes of an answer to GetObject. The client tries again until an answer begins, not when it breaks off; then the
 * rest of the same object (by its ETag) is asked for.
 */
export function s3Body(reading: S3Reading, first: AsyncIterable<Uint8Array>): StoredObject {
  const chunks = () => resuming(reading, first)
  return {
    info: reading.info,
    body: { [Symbol.asyncIterator]: chunks },
    async bytes() {
      const bytes = Buffer.allocUnsafeSlow(reading.end - reading.start)
      let filled = 0
      for await (const chunk of chunks()) {
        bytes.set(chunk, filled)
        filled += chunk.length
      }
      return bytes
    },
  }
}

async function* resuming(reading: S3Reading, first: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = reading.start
  let body: AsyncIterable<Uint8Array> | undefined = first
  for (let tries = 1; position < reading.end; tries++) {
    try {
      for await (const chunk of body ?? (await rest(reading, position))) {
        position += chunk.length
        tries = 1
        yield chunk
      }
      if (position < reading.end) throw new Error(`the answer ended ${reading.end - position} bytes early`)
    } catch (error) {
      // Whatever is wrong may have been handed on already.
      if (messageOf(error).startsWith('Checksum mismatch')) throw objectDamaged(reading.url, error)
      const isOther = body === undefined && [404, 412].includes(httpStatus(error) ?? 0)
      if (isOther) throw reading.changed()
      const cause = awsError(error, reading.url)
      if (!isRetryable(cause) || tries >= MAX_TRIES) throw cause
    }
    body = undefined
  }
}

async function rest({ client, bucket, key, info, end }: S3Reading, from: number): Promise<AsyncIterable<Uint8Array>> {
  const Range = `bytes=${from}-${end - 1}`
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range, IfMatch: info.etag }))
  return bytesOf(Body)
}

/** On Node the body is a stream of buffers. */
export function bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  return (body ?? emptyBody()) as AsyncIterable<Uint8Array>
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
