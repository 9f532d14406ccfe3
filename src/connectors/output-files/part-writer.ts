import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { ObjectStore, ObjectUpload } from '../../ports/object-store.ts'
import { type Awaitable, andThen } from '../../util/awaitable.ts'
import { base64 } from '../../util/base64.ts'
import { concatBytes } from '../../util/concat-bytes.ts'
import { checksumText, crc32c } from '../../util/crc32c.ts'

/** One of each for all: to make them takes longer than to write a small file. */
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

export interface PartWriterOptions {
  readonly store: ObjectStore
  /** Names the staged object, should one be needed. */
  readonly key: () => string
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

  write(piece: string | Uint8Array): Awaitable<void> {
    const isText = typeof piece === 'string'
    const bytes = isText ? ENCODER.encode(piece) : piece
    if (bytes.length === 0) return undefined
    this.#isText &&= isText || this.#options.isText === true
    this.#sizeBytes += bytes.length
    this.#crc = crc32c(bytes, this.#crc)
    if (this.#upload !== undefined) return this.#upload.write(bytes)
    // Whoever made bytes may make the next in the same buffer.
    this.#kept.push(isText ? bytes : new Uint8Array(bytes))
    return this.#sizeBytes > this.#options.inlineBytes ? this.#spill() : undefined
  }

  async #spill(): Promise<void> {
    const { store, key } = this.#options
    const kept = concatBytes(this.#kept)
    this.#kept = []
    this.#upload = store.upload(key())
    await this.#upload.write(kept)
  }

  /** The file, once everything written is acknowledged (rule `stage-acked`); `undefined` if nothing was. */
  close(): Awaitable<StagedFile | undefined> {
    return this.#sizeBytes === 0 ? undefined : andThen(this.#upload?.complete(), () => this.#file())
  }

  #file(): StagedFile {
    const { name, key } = this.#options
    const seen = { sizeBytes: this.#sizeBytes, crc32c: checksumText(this.#crc) }
    const inObject = this.#upload !== undefined
    return { name, ...seen, at: inObject ? { kind: 'object', ref: { key: key(), ...seen } } : this.#inline() }
  }

  #inline(): StagedFile['at'] {
    const bytes = concatBytes(this.#kept)
    return this.#isText ? { kind: 'text', text: DECODER.decode(bytes) } : { kind: 'base64', data: base64(bytes) }
  }

  /** Never rejects. */
  async abort(): Promise<void> {
    await this.#upload?.abort()
  }
}
