import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { frame, readFrames } from '../storage/framed-log.ts'
import { type Block, blockHeader, decodeBlock } from './block.ts'
import { Segment } from './segment.ts'

/** What is known of a segment without its records. */
export interface SegmentSummary {
  readonly count: number
  readonly lastOrdinal: number
  readonly lastArrivalMs: number
}

/** Frames begin with their kind; the summary, last in a sealed file, spares the next start from reading the records. */
const BLOCK = Buffer.from([1])
const SUMMARY = Buffer.from([2])
const SUMMARY_BYTES = 8 + 1 + 24

/**
 * One segment's file, named after the ordinal of its first record. Appends are not synced to the disk: what was acknowledged
 * survives the kill of this process, not the loss of the machine.
 */
export class SegmentFile {
  readonly firstOrdinal: number
  readonly #path: string
  #append: number | undefined
  #sizeBytes = 0

  constructor(directory: string, firstOrdinal: number) {
    this.firstOrdinal = firstOrdinal
    this.#path = join(directory, `${String(firstOrdinal).padStart(16, '0')}.log`)
  }

  /** Opens for appending what an earlier process left, its torn tail cut off. */
  recover(): Segment {
    const { segment, validBytes } = this.#read()
    this.#append = openSync(this.#path, 'r+')
    if (fstatSync(this.#append).size > validBytes) ftruncateSync(this.#append, validBytes)
    this.#sizeBytes = validBytes
    return segment
  }

  append(block: Block): void {
    this.#write(frame([BLOCK, blockHeader(block), block.text]))
  }

  /** Ends a full segment. */
  seal({ count, lastOrdinal, lastArrivalMs }: SegmentSummary): void {
    const summary = Buffer.allocUnsafe(24)
    for (const [index, value] of [count, lastOrdinal, lastArrivalMs].entries()) summary.writeDoubleLE(value, index * 8)
    this.#write(frame([SUMMARY, summary]))
    this.close()
  }

  /** The summary of a sealed segment; nothing if it was not sealed. */
  summary(): SegmentSummary | undefined {
    const tail = Buffer.alloc(SUMMARY_BYTES)
    const file = openSync(this.#path, 'r')
    try {
      const start = fstatSync(file).size - SUMMARY_BYTES
      if (start < 0 || readSync(file, tail, 0, SUMMARY_BYTES, start) < SUMMARY_BYTES) return undefined
    } finally {
      closeSync(file)
    }
    const payload = readFrames(tail).payloads[0]
    if (!payload || payload[0] !== SUMMARY[0]) return undefined
    return {
      count: payload.readDoubleLE(1),
      lastOrdinal: payload.readDoubleLE(9),
      lastArrivalMs: payload.readDoubleLE(17),
    }
  }

  load(): Segment {
    return this.#read().segment
  }

  close(): void {
    if (this.#append !== undefined) closeSync(this.#append)
    this.#append = undefined
  }

  remove(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }

  #read(): { readonly segment: Segment; readonly validBytes: number } {
    const { payloads, validBytes } = readFrames(readFileSync(this.#path))
    const segment = new Segment()
    for (const payload of payloads) if (payload[0] === BLOCK[0]) segment.append(decodeBlock(payload.subarray(1)))
    return { segment, validBytes }
  }

  /** A failed write (a full disk) is taken back, so that the next one does not follow half a frame. */
  #write(framed: Buffer): void {
    this.#append ??= openSync(this.#path, 'w')
    try {
      let written = 0
      while (written < framed.length) {
        written += writeSync(this.#append, framed, written, framed.length - written, this.#sizeBytes + written)
      }
      this.#sizeBytes += framed.length
    } catch (error) {
      ftruncateSync(this.#append, this.#sizeBytes)
      throw error
    }
  }
}
