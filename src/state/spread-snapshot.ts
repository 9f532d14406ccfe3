import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { StoredBytes } from './stored-parts.ts'

/**
 * A snapshot of entries as they were at an instant, written in pieces over several batches. It is in the memory of the process
 * that began it: another one begins anew.
 */
export class SpreadSnapshot {
  /** The batch whose changes are the last in it. */
  readonly batchTime: BatchTime
  readonly #parts: AsyncIterator<Uint8Array>
  readonly #source: ReboundBytes | undefined
  #next: IteratorResult<Uint8Array> | undefined
  #pieces: readonly ObjectRef[] = []
  #writtenBytes = 0

  /** `source`: what `parts` are made from, if that is read. */
  constructor(batchTime: BatchTime, parts: AsyncIterable<Uint8Array>, source?: ReboundBytes) {
    this.batchTime = batchTime
    this.#parts = parts[Symbol.asyncIterator]()
    this.#source = source
  }

  /** From here on, its source is read by these means. */
  readFrom(bytes: StoredBytes): void {
    if (this.#source) this.#source.now = bytes
  }

  /** Those that are stored. */
  get pieces(): readonly ObjectRef[] {
    return this.#pieces
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Whether there is no other piece. */
  get isWhole(): boolean {
    return this.#next?.done === true
  }

  /** The next piece, of so many bytes or a part more. */
  async *piece(sizeBytes: number): AsyncGenerator<Uint8Array, void> {
    this.#next ??= await this.#parts.next()
    const until = this.#writtenBytes + sizeBytes
    while (!this.#next.done && this.#writtenBytes < until) {
      this.#writtenBytes += this.#next.value.length
      yield this.#next.value
      this.#next = await this.#parts.next()
    }
  }

  /** Takes note of where the piece is. */
  store(piece: ObjectRef): void {
    this.#pieces = [...this.#pieces, piece]
  }
}

/** Stored bytes that are read by whoever happens to run: what reads them outlives the run that began it. */
export class ReboundBytes implements StoredBytes {
  now: StoredBytes

  constructor(now: StoredBytes) {
    this.now = now
  }

  get name(): string {
    return this.now.name
  }

  get sizeBytes(): number {
    return this.now.sizeBytes
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.now.read(start, end)
  }
}
