import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { ObjectStore, ObjectUpload } from '../../ports/object-store.ts'
import { crc32c } from '../../util/crc32c.ts'

export interface PartWriterOptions {
  readonly store: ObjectStore
  /** Of the staged object, should one be needed. */
  readonly key: string
  /** The final name. */
  readonly name: string
  /** Text of up to this many bytes is kept instead of written. */
  readonly inlineBytes: number
}

/** Stages one file of text: small ones in memory, for the manifest; large ones into an object, as they are written. */
export class PartWriter {
  readonly #options: PartWriterOptions
  readonly #encoder = new TextEncoder()
  #kept: string[] = []
  #upload: ObjectUpload | undefined
  #sizeBytes = 0
  #crc = 0

  constructor(options: PartWriterOptions) {
    this.#options = options
  }

  async write(text: string): Promise<void> {
    const bytes = this.#encoder.encode(text)
    this.#sizeBytes += bytes.length
    this.#crc = crc32c(bytes, this.#crc)
    if (this.#upload !== undefined) return this.#upload.write(bytes)
    this.#kept.push(text)
    if (this.#sizeBytes > this.#options.inlineBytes) await this.#spill()
  }

  async #spill(): Promise<void> {
    const { store, key } = this.#options
    const kept = this.#encoder.encode(this.#kept.join(''))
    this.#kept = []
    this.#upload = store.upload(key)
    await this.#upload.write(kept)
  }

  /** The file, once everything written is acknowledged (rule `stage-acked`); `undefined` if nothing was. */
  async close(): Promise<StagedFile | undefined> {
    if (this.#sizeBytes === 0) return undefined
    await this.#upload?.complete()
    const { name, key } = this.#options
    const seen = { sizeBytes: this.#sizeBytes, crc32c: hex(this.#crc) }
    const at: StagedFile['at'] =
      this.#upload === undefined
        ? { kind: 'text', text: this.#kept.join('') }
        : { kind: 'object', ref: { key, ...seen } }
    return { name, ...seen, at }
  }

  /** Never rejects. */
  async abort(): Promise<void> {
    await this.#upload?.abort()
  }
}

export function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
