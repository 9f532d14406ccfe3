import type { BigEndianWriter } from './big-endian-writer.ts'

/** `SEQ` and the version, which has had metadata since 6. */
export const MAGIC = Uint8Array.of(83, 69, 81, 6)
export const SYNC_BYTES = 16
/** Stands where a record's length does, in front of a sync marker. */
export const SYNC_ESCAPE = -1
/** After how many bytes a reader that begins in the middle finds a sync marker; Hadoop's own choice since 3.0. */
const SYNC_INTERVAL_BYTES = 5 * 1024 * 20

export interface SequenceHeader {
  readonly keyClass: string
  readonly valueClass: string
  readonly sync: Uint8Array
}

export function writeSequenceHeader(out: BigEndianWriter, { keyClass, valueClass, sync }: SequenceHeader): void {
  out.raw(MAGIC)
  out.text(keyClass)
  out.text(valueClass)
  // Neither compressed record by record nor in blocks; no metadata.
  out.byte(0)
  out.byte(0)
  out.int32(0)
  out.raw(sync)
}

/** Puts sync markers in front of records of a file, at places that its bytes alone decide. */
export class SyncMarks {
  readonly #out: BigEndianWriter
  readonly #sync: Uint8Array
  /** Bytes handed out before those in `#out`. */
  #drained = 0
  #last = 0

  constructor(out: BigEndianWriter, sync: Uint8Array) {
    this.#out = out
    this.#sync = sync
  }

  /** Before each record. */
  markIfDue(): void {
    const at = this.#drained + this.#out.length
    if (at < this.#last + SYNC_INTERVAL_BYTES) return
    this.#last = at
    this.#out.int32(SYNC_ESCAPE)
    this.#out.raw(this.#sync)
  }

  /** What was written since the last call. */
  drain(): Uint8Array {
    const bytes = this.#out.drain()
    this.#drained += bytes.length
    return bytes
  }
}
