import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blob, BlobStore, Slice } from './blobs.ts'

/** Up to this size a body is written by one synchronous call, which is far faster than opening, writing and closing in turn. */
const SMALL_BYTES = 256 * 1024
const READ_BYTES = 256 * 1024

/** Blobs as files, one each, named by number. What is not complete, or no object's, goes at the next start. */
export class FileBlobs implements BlobStore {
  readonly #directory: string
  #nextId: number

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
    this.#nextId = Math.max(0, ...readdirSync(directory).map(Number).filter(Number.isInteger)) + 1
  }

  async write(source: AsyncIterable<Buffer>): Promise<Blob> {
    const id = this.#nextId++
    const parts: Buffer[] = []
    let sizeBytes = 0
    let file: FileHandle | undefined
    try {
      for await (const part of source) {
        parts.push(part)
        sizeBytes += part.length
        if (sizeBytes <= SMALL_BYTES) continue
        file ??= await open(this.#path(id), 'w')
        for (const waiting of parts.splice(0)) await writeAll(file, waiting)
      }
      if (!file) writeFileSync(this.#path(id), Buffer.concat(parts))
      return { id, sizeBytes }
    } catch (error) {
      this.remove(id)
      throw error
    } finally {
      await file?.close()
    }
  }

  readWhole({ blob, offset, sizeBytes }: Slice): Buffer {
    const bytes = Buffer.allocUnsafe(sizeBytes)
    const file = openSync(this.#path(blob), 'r')
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, sizeBytes, offset))
    } finally {
      closeSync(file)
    }
  }

  async *read({ blob, offset, sizeBytes }: Slice): AsyncIterable<Buffer> {
    const file = await open(this.#path(blob), 'r')
    try {
      for (let at = 0; at < sizeBytes; ) {
        const wanted = Math.min(READ_BYTES, sizeBytes - at)
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset + at)
        if (bytesRead === 0) throw new Error(`blob ${blob} is shorter than its object: ${offset + at} bytes`)
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  }

  remove(id: number): void {
    rmSync(this.#path(id), { force: true })
  }

  removeAllBut(kept: ReadonlySet<number>): void {
    for (const name of readdirSync(this.#directory)) if (!kept.has(Number(name))) this.remove(Number(name))
  }

  #path(id: number): string {
    return join(this.#directory, String(id))
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten
}
