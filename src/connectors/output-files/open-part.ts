import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { FilesLayout } from '../../dstream/outputs/files-layout.ts'
import { joinPieces, ownPiece, type PartEncoder } from '../../rdd/formats/output-format.ts'
import { type Awaitable, andThen } from '../../util/awaitable.ts'
import { PartWriter, type PartWriterOptions } from './part-writer.ts'

/** Text that waits to be written together. */
const PIECES_BYTES = 64 * 1024

/** What a file left behind. */
export interface StagedPart {
  readonly file: StagedFile
  /** What it must have in common with its neighbours, as its encoder says. */
  readonly shape: string | undefined
  /** Elements in it. */
  readonly records: number
}

export interface OpenPartOptions {
  readonly encoder: PartEncoder<unknown>
  readonly layout: FilesLayout
  readonly writer: PartWriterOptions
}

/** One file that takes elements until it is full. */
export class OpenPart {
  readonly #layout: FilesLayout
  readonly #encoder: PartEncoder<unknown>
  readonly #writer: PartWriter
  #records = 0

  constructor({ encoder, layout, writer }: OpenPartOptions) {
    this.#layout = layout
    this.#encoder = encoder
    this.#writer = new PartWriter(writer)
  }

  /** Decided by the elements alone, however they come in chunks: a replay must end its files at the same ones. */
  get isFull(): boolean {
    const sizeBytes = this.#writer.sizeBytes + (this.#encoder.keptBytes ?? 0)
    return this.#records >= this.#layout.maxPartRecords || sizeBytes >= this.#layout.maxPartBytes
  }

  /** Takes elements from `start` on, and says how many. */
  take(chunk: readonly unknown[], start: number): Awaitable<number> {
    const { maxPartBytes, maxPartRecords } = this.#layout
    const most = Math.min(chunk.length - start, maxPartRecords - this.#records)
    const some = most === chunk.length ? chunk : chunk.slice(start, start + most)
    if (maxPartBytes < Number.POSITIVE_INFINITY) return this.#takeUntilFull(some)
    return this.#write(this.#encoder.encode(some), some.length)
  }

  /** One by one, as each may be the one that fills the file; what they make is written together. */
  #takeUntilFull(elements: readonly unknown[]): Awaitable<number> {
    const pieces: (Uint8Array | string)[] = []
    let taken = 0
    let pieceBytes = 0
    const room = Math.min(PIECES_BYTES, this.#layout.maxPartBytes - this.#writer.sizeBytes)
    for (const element of elements) {
      const piece = ownPiece(this.#encoder.encode([element]))
      pieces.push(piece)
      pieceBytes += mostBytes(piece)
      taken++
      if (pieceBytes + (this.#encoder.keptBytes ?? 0) >= room) break
    }
    return this.#write(joinPieces(pieces), taken)
  }

  #write(piece: Uint8Array | string, records: number): Awaitable<number> {
    return andThen(this.#writer.write(piece), () => {
      this.#records += records
      return records
    })
  }

  /** `undefined` if its elements have no bytes. */
  close(): Awaitable<StagedPart | undefined> {
    const closed = andThen(this.#writer.write(this.#encoder.end?.() ?? ''), () => this.#writer.close())
    return andThen(closed, (file) => file && { file, shape: this.#encoder.shape, records: this.#records })
  }

  /** Never rejects. */
  async abort(): Promise<void> {
    await this.#writer.abort()
  }
}

/** At least what the piece will take. */
function mostBytes(piece: Uint8Array | string): number {
  return typeof piece === 'string' ? mostUtf8Bytes(piece) : piece.length
}

/** As UTF-8, but three bytes for each half of a pair of surrogates, which has four: who takes too few elements takes more. */
function mostUtf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) bytes += unit < 0x800 ? 1 : 2
  }
  return bytes
}
