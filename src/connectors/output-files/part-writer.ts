import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { ObjectStore, ObjectUpload } from '../../ports/object-store.ts'
import { base64 } from '../../util/base64.ts'
import { concatBytes } from '../../util/concat-bytes.ts'
import { checksumText, crc32c } from '../../util/crc32c.ts'

export interface PartWriterOptions {
  readonly store: ObjectStore
  /** Of the staged object, should one be needed. */
  readonly key: string
  /** The final name. */
  readonly name: string
  /** A file of up to this many bytes is kept instead of written. */
  readonly inlineBytes: number
  /** The pieces are text, though they may come as bytes, cut anywhere. */
  readonly isText?: boolean
}

/** Stages one file: small ones in memory, for the manifest; large ones into an object, as they are written. */
export class PartWriter {
  readonly #options: PartWriterOptions
  readonly #encoder = new TextEncoder()
  #kept: Uint8Array[] = []
  /** Nothing but texts was written: the manifest then carries them so that people can read them. */
  #isText = true
  #upload: ObjectUpload | undefined
  #sizeBytes = 0
  #crc = 0

  constructor(options: PartWriterOptions) {
    this.#options = options
  }

  /** Written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async write(piece: string | Uint8Array): Promise<void> {
    const isText = typeof piece === 'string'
    const bytes = isText ? this.#encoder.encode(piece) : piece
    if (bytes.length === 0) return
    this.#isText &&= isText || this.#options.isText === true
    this.#sizeBytes += bytes.length
    this.#crc = crc32c(bytes, this.#crc)
    if (this.#upload !== undefined) return this.#upload.write(bytes)
    this.#kept.push(bytes)
    if (this.#sizeBytes > this.#options.inlineBytes) await this.#spill()
  }

  async #spill(): Promise<void> {
    const { store, key } = this.#options
    const kept = concatBytes(this.#kept)
    this.#kept = []
    this.#upload = store.upload(key)
    await this.#upload.write(kept)
  }

  /** The file, once everything written is acknowledged (rule `stage-acked`); `undefined` if nothing was. */
  async close(): Promise<StagedFile | undefined> {
    if (this.#sizeBytes === 0) return undefined
    await this.#upload?.complete()
    const { name, key } = this.#options
    const seen = { sizeBytes: this.#sizeBytes, crc32c: checksumText(this.#crc) }
    const at: StagedFile['at'] = this.#upload === undefined ? this.#inline() : { kind: 'object', ref: { key, ...seen } }
    return { name, ...seen, at }
  }

  #inline(): StagedFile['at'] {
    const bytes = concatBytes(this.#kept)
    return this.#isText
      ? { kind: 'text', text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }
      : { kind: 'base64', data: base64(bytes) }
  }

  /** Never rejects. */
  async abort(): Promise<void> {
    await this.#upload?.abort()
  }
}
