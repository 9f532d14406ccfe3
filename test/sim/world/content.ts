import { crc32c } from '../../../src/util/crc32c.ts'

/** The bytes of an object, which nobody changes, and what watchers make of them: once, however many ask. */
export class Content {
  readonly bytes: Uint8Array
  #checksum: number | undefined
  #text: string | undefined
  #record: unknown

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get checksum(): number {
    this.#checksum ??= crc32c(this.bytes)
    return this.#checksum
  }

  get text(): string {
    this.#text ??= DECODER.decode(this.bytes)
    return this.#text
  }

  /** The JSON that it is. */
  get record(): unknown {
    this.#record ??= JSON.parse(DECODER.decode(this.bytes))
    return this.#record
  }
}

const DECODER = new TextDecoder()
