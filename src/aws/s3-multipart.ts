import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
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

/** What S3 has received of a part. */
export type SentPart = Pick<CompletedPart, 'ETag' | 'ChecksumCRC32'>

/** What sends one part. */
export type SendPart = (uploadId: string, partNumber: number) => Promise<SentPart>

/**
 * An upload in parts, sent as they come. An upload that is neither completed nor aborted, as after a kill, is invisible;
 * a lifecycle rule of the bucket removes it.
 *
 * The client sends each part's CRC32 with it. S3 is told so at the beginning, as it may refuse parts with checksums that were not
 * announced, and told them again at the end, so that no other parts become the object. Of them it makes the checksum of the
 * whole (`FULL_OBJECT`), which whoever reads all of it compares; of parts' checksums alone no reader could.
 */
export class MultipartUpload {
  readonly #target: MultipartTarget
  readonly #sending = new Set<Promise<void>>()
  readonly #parts: SentPart[] = []
  #id: Promise<string> | undefined
  #failure: unknown

  constructor(target: MultipartTarget) {
    this.#target = target
  }

  /** Resolves when another part may follow. */
  async add(send: SendPart): Promise<void> {
    const partNumber = this.#parts.push({})
    if (partNumber > MAX_PARTS) throw tooManyParts(this.#target.url)
    const id = await this.#started()
    const sending = send(id, partNumber).then(
      (part) => {
        this.#parts[partNumber - 1] = part
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
    const Parts = this.#parts.map((part, i) => ({ ...part, PartNumber: i + 1 }))
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
    const target = { Bucket: bucket, Key: key, ...(await checksumOf(client)) }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
    if (UploadId === undefined) throw new Error(`S3 began no upload for ${url}`)
    return UploadId
  }
}

/** A client that is set to send none (`AWS_REQUEST_CHECKSUM_CALCULATION`), as for services that know none, announces none. */
async function checksumOf(
  client: S3Client,
): Promise<Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'>> {
  const isSent = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED'
  return isSent ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}
}

/** Sends bytes as a part. */
export function partOf({ client, bucket, key }: MultipartTarget, body: Uint8Array): SendPart {
  return async (UploadId, PartNumber) => {
    const part = { Bucket: bucket, Key: key, UploadId, PartNumber, Body: body }
    return sentPart(await client.send(new UploadPartCommand(part)))
  }
}

/** Without what the answer does not say. */
export function sentPart({ ETag, ChecksumCRC32 }: SentPart = {}): SentPart {
  return { ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) }
}

function tooManyParts(url: string): SluiceError {
  return new SluiceError({
    code: 'object-too-large',
    kind: 'invalid',
    message: `An object of S3 has at most ${MAX_PARTS} parts; write smaller objects, from more partitions: ${url}`,
  })
}
