import type { Block } from './block.ts'

/** What was cut out of a segment for one GetRecords. */
export interface Slice {
  /** The records' JSON, each followed by a comma. */
  readonly text: Buffer
  readonly records: number
  readonly sizeBytes: number
  /** Ordinal of the last record. */
  readonly lastOrdinal: number
}

export interface SliceLimits {
  readonly records: number
  readonly sizeBytes: number
}

/**
 * A run of a shard's records in memory: their JSON in one buffer, so that a read is one view of it, and four numbers a record.
 * Only appended to, so views that are being sent stay right.
 */
export class Segment {
  #text = Buffer.allocUnsafe(64 * 1024)
  #textBytes = 0
  #count = 0
  /** End of each record in the text; its data size; its ordinal; when it arrived. */
  #ends = new Uint32Array(256)
  #sizes = new Uint32Array(256)
  #ordinals = new Float64Array(256)
  #arrivals = new Float64Array(256)

  get count(): number {
    return this.#count
  }

  get textBytes(): number {
    return this.#textBytes
  }

  append({ firstOrdinal, arrivalMs, text, lengths, sizes }: Block): void {
    this.#reserve(text.length, lengths.length)
    text.copy(this.#text, this.#textBytes)
    for (const [index, length] of lengths.entries()) {
      this.#textBytes += length
      this.#ends[this.#count] = this.#textBytes
      this.#sizes[this.#count] = sizes[index] ?? 0
      this.#ordinals[this.#count] = firstOrdinal + index
      this.#arrivals[this.#count] = arrivalMs
      this.#count += 1
    }
  }

  /** Index of the first record whose ordinal is at least this; `count` if there is none. */
  indexOfOrdinal(ordinal: number): number {
    return lowerBound(this.#ordinals, this.#count, ordinal)
  }

  /** Index of the first record that arrived at or after this; `count` if there is none. */
  indexOfArrival(arrivalMs: number): number {
    return lowerBound(this.#arrivals, this.#count, arrivalMs)
  }

  ordinalAt(index: number): number {
    return this.#ordinals[index] ?? Number.POSITIVE_INFINITY
  }

  arrivalAt(index: number): number {
    return this.#arrivals[index] ?? Number.POSITIVE_INFINITY
  }

  /** As many records from `index` as the limits allow, which may be none. */
  slice(index: number, limits: SliceLimits): Slice {
    let sizeBytes = 0
    let end = index
    while (end < this.#count && end - index < limits.records) {
      const next = sizeBytes + (this.#sizes[end] ?? 0)
      if (next > limits.sizeBytes) break
      sizeBytes = next
      end += 1
    }
    const text = this.#text.subarray(this.#startOf(index), this.#startOf(end))
    return { text, records: end - index, sizeBytes, lastOrdinal: this.ordinalAt(end - 1) }
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? this.#textBytes)
  }

  #reserve(textBytes: number, records: number): void {
    const wantedBytes = this.#textBytes + textBytes
    if (wantedBytes > this.#text.length) {
      const larger = Buffer.allocUnsafe(Math.max(wantedBytes, this.#text.length * 2))
      this.#text.copy(larger, 0, 0, this.#textBytes)
      this.#text = larger
    }
    const wanted = this.#count + records
    if (wanted <= this.#ends.length) return
    const capacity = Math.max(wanted, this.#ends.length * 2)
    this.#ends = grown(this.#ends, new Uint32Array(capacity))
    this.#sizes = grown(this.#sizes, new Uint32Array(capacity))
    this.#ordinals = grown(this.#ordinals, new Float64Array(capacity))
    this.#arrivals = grown(this.#arrivals, new Float64Array(capacity))
  }
}

function grown<A extends Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

function lowerBound(sorted: Float64Array, count: number, wanted: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
