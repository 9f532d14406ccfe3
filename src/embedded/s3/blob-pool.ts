import { Readable } from 'node:stream'
import type { Blob, BlobStore, Slice } from './blobs.ts'

/** Up to this size content is answered in one piece, without a stream. */
const WHOLE_BYTES = 256 * 1024

/** Blobs that live as long as somebody holds them: an object, a part, or a call that is reading them. */
export class BlobPool {
  readonly #store: BlobStore
  readonly #holders = new Map<number, number>()
  /** While a journal is replayed nothing may be removed: a later entry may hold it again. */
  #settled = false

  constructor(store: BlobStore) {
    this.#store = store
  }

  /** Removes what nobody holds, once all that was stored is held again. */
  settle(): void {
    this.#settled = true
    this.#store.removeAllBut(new Set(this.#holders.keys()))
  }

  /** Stores a body, held once, by the caller. */
  async write(source: AsyncIterable<Buffer>): Promise<Blob> {
    const blob = await this.#store.write(source)
    this.#holders.set(blob.id, 1)
    return blob
  }

  hold(slices: readonly Slice[]): void {
    for (const { blob } of slices) this.#holders.set(blob, (this.#holders.get(blob) ?? 0) + 1)
  }

  release(slices: readonly Slice[]): void {
    for (const { blob } of slices) {
      const holders = (this.#holders.get(blob) ?? 0) - 1
      if (holders > 0) {
        this.#holders.set(blob, holders)
        continue
      }
      this.#holders.delete(blob)
      if (this.#settled) this.#store.remove(blob)
    }
  }

  /** Streams slices one after the other, held meanwhile. */
  async *stream(slices: readonly Slice[]): AsyncGenerator<Buffer> {
    this.hold(slices)
    try {
      for (const slice of slices) yield* this.#store.read(slice)
    } finally {
      this.release(slices)
    }
  }

  /** For an answer: small content whole, the rest as a stream that holds it from now on until it ends or is destroyed. */
  content(slices: readonly Slice[]): Buffer | readonly Buffer[] | Readable {
    const sizeBytes = slices.reduce((sum, slice) => sum + slice.sizeBytes, 0)
    if (sizeBytes <= WHOLE_BYTES) return slices.map((slice) => this.#store.readWhole(slice))
    this.hold(slices)
    const stream = Readable.from(this.stream(slices), { objectMode: false, highWaterMark: WHOLE_BYTES })
    return stream.once('close', () => this.release(slices))
  }
}

/** The slices that make up bytes `start` to `end` (exclusive). */
export function cut(slices: readonly Slice[], start: number, end: number): readonly Slice[] {
  const found: Slice[] = []
  let at = 0
  for (const { blob, offset, sizeBytes } of slices) {
    const from = Math.max(start, at)
    const to = Math.min(end, at + sizeBytes)
    if (from < to) found.push({ blob, offset: offset + from - at, sizeBytes: to - from })
    at += sizeBytes
  }
  return found
}
