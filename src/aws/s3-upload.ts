import type { ObjectInfo, ObjectUpload } from '../ports/object-store.ts'
import { assert } from '../util/assert.ts'
import { awsError } from './aws-error.ts'
import { type MultipartTarget, MultipartUpload, partOf } from './s3-multipart.ts'

export interface S3UploadOptions {
  readonly target: MultipartTarget
  readonly partBytes: number
  /** Writes an object that fits into one part. */
  readonly putWhole: (body: Uint8Array) => Promise<ObjectInfo>
  readonly info: (etag: string | undefined, sizeBytes: number) => ObjectInfo
}

/**
 * Cuts what is written into parts of one fixed size, so that the same bytes make the same ETag, whoever uploads them and
 * in whatever pieces they come. What fits into one part is a simple put. One call at a time.
 */
export class S3Upload implements ObjectUpload {
  readonly #options: S3UploadOptions
  readonly #parts: MultipartUpload
  #pieces: Uint8Array[] = []
  #pieceBytes = 0
  #sentBytes = 0
  #state: 'open' | 'busy' | 'ended' = 'open'
  #aborted = false

  constructor(options: S3UploadOptions) {
    this.#options = options
    this.#parts = new MultipartUpload(options.target)
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#exclusively('open', async () => {
      for (let at = 0; at < bytes.length; ) {
        // A full part goes only when more follows: the last one, which may be the only one, goes at the end.
        if (this.#pieceBytes === this.#options.partBytes) await this.#sendPart()
        // A copy, which `slice` of a Buffer is not.
        const piece = Uint8Array.from(bytes.subarray(at, at + this.#options.partBytes - this.#pieceBytes))
        this.#pieces.push(piece)
        this.#pieceBytes += piece.length
        at += piece.length
      }
    })
  }

  async complete(): Promise<ObjectInfo> {
    return this.#exclusively('ended', async () => {
      if (this.#sentBytes === 0) return this.#options.putWhole(this.#takePart())
      await this.#sendPart()
      return this.#options.info(await this.#parts.complete(), this.#sentBytes)
    })
  }

  async abort(): Promise<void> {
    this.#aborted = true
    this.#state = 'ended'
    this.#takePart()
    await this.#parts.abort()
  }

  async #sendPart(): Promise<void> {
    const part = this.#takePart()
    this.#sentBytes += part.length
    await this.#parts.add(partOf(this.#options.target, part))
  }

  #takePart(): Uint8Array {
    const part = this.#pieces.length === 1 ? this.#pieces[0] : undefined
    const whole = part ?? Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#pieceBytes = 0
    return whole
  }

  async #exclusively<T>(next: 'open' | 'ended', work: () => Promise<T>): Promise<T> {
    const { url } = this.#options.target
    assert(this.#state === 'open', `an upload is written by one call at a time and not after its end: ${url}`)
    this.#state = 'busy'
    try {
      const result = await work()
      if (this.#aborted) throw new Error('the upload was aborted meanwhile')
      this.#state = next
      return result
    } catch (error) {
      await this.abort()
      throw awsError(error, url)
    }
  }
}
