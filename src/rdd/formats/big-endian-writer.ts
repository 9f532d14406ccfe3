const utf8 = new TextEncoder()

/** Writes numbers and texts as Java's `DataOutput` and Hadoop's `WritableUtils` do, into bytes that grow as needed. */
export class BigEndianWriter {
  #bytes = new Uint8Array(16 * 1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setInt32(at, value)
  }

  int64(value: bigint): void {
    const at = this.#reserve(8)
    this.#view.setBigInt64(at, value)
  }

  float32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setFloat32(at, value)
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** A whole number from 0 to 2^31 - 1 as Hadoop's vint: itself up to 127, else how many bytes follow (-113 for one). */
  vint(value: number): void {
    const sizeBytes = value <= 127 ? 0 : value < 1 << 8 ? 1 : value < 1 << 16 ? 2 : value < 1 << 24 ? 3 : 4
    if (sizeBytes > 0) this.byte(-112 - sizeBytes)
    for (let shift = Math.max(0, sizeBytes - 1) * 8; shift >= 0; shift -= 8) this.byte((value >>> shift) & 255)
  }

  /** UTF-8 behind its length, as Hadoop's `Text` is written. */
  text(value: string): void {
    const bytes = utf8.encode(value)
    this.vint(bytes.length)
    this.raw(bytes)
  }

  /** Replaces an int that was written at `at`. */
  patchInt32(at: number, value: number): void {
    this.#view.setInt32(at, value)
  }

  /** A copy of what was written since the last call. */
  drain(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return written
  }

  /** Makes room, and says where it begins. */
  #reserve(more: number): number {
    const at = this.#length
    this.#length += more
    if (this.#length <= this.#bytes.length) return at
    const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, at))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
    return at
  }
}
