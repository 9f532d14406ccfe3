/** Bytes that never change once they are written. */
export interface Blob {
  readonly id: number
  readonly sizeBytes: number
}

/** A run of bytes of a blob. Objects are lists of these, so that copies and completed uploads share what they are made of. */
export interface Slice {
  readonly blob: number
  readonly offset: number
  readonly sizeBytes: number
}

/** Where blobs are kept. */
export interface BlobStore {
  /** Stores all that the source gives; leaves nothing behind if the source fails. */
  write(source: AsyncIterable<Buffer>): Promise<Blob>
  /** At most a few hundred KiB at once; `read` is for the rest. */
  readWhole(slice: Slice): Buffer
  read(slice: Slice): AsyncIterable<Buffer>
  remove(id: number): void
  /** Removes all that are not named; for the start, when a killed process may have left some behind. */
  removeAllBut(kept: ReadonlySet<number>): void
}

/** Blobs in memory. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<number, Buffer>()
  #nextId = 1

  async write(source: AsyncIterable<Buffer>): Promise<Blob> {
    const parts: Buffer[] = []
    for await (const part of source) parts.push(part)
    const id = this.#nextId++
    const bytes = Buffer.concat(parts)
    this.#blobs.set(id, bytes)
    return { id, sizeBytes: bytes.length }
  }

  readWhole({ blob, offset, sizeBytes }: Slice): Buffer {
    return (this.#blobs.get(blob) ?? Buffer.alloc(0)).subarray(offset, offset + sizeBytes)
  }

  async *read(slice: Slice): AsyncIterable<Buffer> {
    yield this.readWhole(slice)
  }

  remove(id: number): void {
    this.#blobs.delete(id)
  }

  removeAllBut(kept: ReadonlySet<number>): void {
    for (const id of this.#blobs.keys()) if (!kept.has(id)) this.#blobs.delete(id)
  }
}
