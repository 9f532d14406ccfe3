/** A shard's limits on AWS. */
const READS_PER_SECOND = 5
const READ_BYTES_PER_SECOND = 2 * 1024 * 1024
const WRITE_BYTES_PER_SECOND = 1024 * 1024
const WRITE_RECORDS_PER_SECOND = 1000

/** What one shard was asked to do lately; each second by the clock starts afresh. */
export class Throughput {
  #second = -1
  #reads = 0
  #writtenBytes = 0
  #writtenRecords = 0
  /** A read of up to 10 MB is answered at once and then paid for: no further read before this. */
  #readableFromMs = 0

  takeRead(nowMs: number): boolean {
    this.#turn(nowMs)
    if (nowMs < this.#readableFromMs || this.#reads >= READS_PER_SECOND) return false
    this.#reads += 1
    return true
  }

  noteRead(nowMs: number, sizeBytes: number): void {
    const from = Math.max(this.#readableFromMs, nowMs - 1000)
    this.#readableFromMs = from + (sizeBytes / READ_BYTES_PER_SECOND) * 1000
  }

  takeWrite(nowMs: number, sizeBytes: number): boolean {
    this.#turn(nowMs)
    if (this.#writtenRecords + 1 > WRITE_RECORDS_PER_SECOND) return false
    if (this.#writtenBytes + sizeBytes > WRITE_BYTES_PER_SECOND) return false
    this.#writtenRecords += 1
    this.#writtenBytes += sizeBytes
    return true
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    if (second === this.#second) return
    this.#second = second
    this.#reads = 0
    this.#writtenBytes = 0
    this.#writtenRecords = 0
  }
}
