import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { SluiceError } from '../util/errors.ts'

/** S3's own limit. */
const MAX_PARTS = 10_000

export interface MultipartTarget {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  readonly url: string
  /** Parts sent at once; with the one that is filled they are what an upload holds in memory. */
  readonly partsAtOnce: number
}

/** What sends one part and tells its ETag. */
export type SendPart = (uploadId: string, partNumber: number) => Promise<string | undefined>

/**
 * An upload in parts, sent as they come. An upload that is neither completed nor aborted, as after a kill, is invisible;
 * a lifecycle rule of the bucket removes it.
 */
export class MultipartUpload {
  readonly #target: MultipartTarget
  readonly #sending = new Set<Promise<void>>()
  readonly #etags: (string | undefined)[] = []
  #id: Promise<string> | undefined
  #failure: unknown

  constructor(target: MultipartTarget) {
    this.#target = target
  }

  /** Resolves when another part may follow. */
  async add(send: SendPart): Promise<void> {
    const partNumber = this.#etags.push(undefined)
    if (partNumber > MAX_PARTS) throw tooManyParts(this.#target.url)
    const id = await this.#started()
    const sending = send(id, partNumber).then(
      (etag) => {
        this.#etags[partNumber - 1] = etag
      },
      (error: unknown) => {
        this.#failure ??= error
      },
    )
    this.#sending.add(sending)
    sending.finally(() => this.#sending.delete(sending))
    if (this.#sending.size >= this.#target.partsAtOnce) await Promise.race(this.#sending)
    if (this.#failure !== undefined) throw this.#failure
  }

  async complete(): Promise<string | undefined> {
    const id = await this.#started()
    await Promise.all(this.#sending)
    if (this.#failure !== undefined) throw this.#failure
    const { client, bucket, key } = this.#target
    const Parts = this.#etags.map((ETag, i) => ({ ETag, PartNumber: i + 1 }))
    const target = { Bucket: bucket, Key: key, UploadId: id }
    const { ETag } = await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }))
    return ETag
  }

  /** Never rejects. Waits for what is being sent, as a part that arrives after the end of its upload would stay. */
  async abort(): Promise<void> {
    if (this.#id === undefined) return
    await Promise.all(this.#sending)
    const { client, bucket, key } = this.#target
    try {
      const UploadId = await this.#id
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId }))
    } catch {
      // The lifecycle rule will do it.
    }
  }

  #started(): Promise<string> {
    this.#id ??= this.#start()
    return this.#id
  }

  async #start(): Promise<string> {
    const { client, bucket, key, url } = this.#target
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
    if (UploadId === undefined) throw new Error(`S3 began no upload for ${url}`)
    return UploadId
  }
}

/** Sends bytes as a part. */
export function partOf({ client, bucket, key }: MultipartTarget, body: Uint8Array): SendPart {
  return async (UploadId, PartNumber) => {
    const part = { Bucket: bucket, Key: key, UploadId, PartNumber, Body: body }
    return (await client.send(new UploadPartCommand(part))).ETag
  }
}

function tooManyParts(url: string): SluiceError {
  return new SluiceError({
    code: 'object-too-large',
    kind: 'invalid',
    message: `An object of S3 has at most ${MAX_PARTS} parts; write smaller objects, from more partitions: ${url}`,
  })
}
