import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppendFile } from '../storage/append-file.ts'
import { readFrames } from '../storage/framed-log.ts'
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

/** One segment's file, named after the ordinal of its first record. */
export class SegmentFile {
  readonly firstOrdinal: number
  readonly #path: string
  #appending: AppendFile | undefined

  constructor(directory: string, firstOrdinal: number) {
    this.firstOrdinal = firstOrdinal
    this.#path = join(directory, `${String(firstOrdinal).padStart(16, '0')}.log`)
  }

  /** Opens what an earlier process left, for appending. */
  recover(): Segment {
    const { file, payloads } = AppendFile.recover(this.#path)
    this.#appending = file
    return segmentOf(payloads)
  }

  append(block: Block): void {
    this.#appending ??= AppendFile.create(this.#path)
    this.#appending.append([BLOCK, blockHeader(block), block.text])
  }

  /** Ends a full segment. */
  seal({ count, lastOrdinal, lastArrivalMs }: SegmentSummary): void {
    const summary = Buffer.allocUnsafe(24)
    for (const [index, value] of [count, lastOrdinal, lastArrivalMs].entries()) summary.writeDoubleLE(value, index * 8)
    this.#appending?.append([SUMMARY, summary])
    this.close()
  }

  /** The summary of a sealed segment; nothing if it was not sealed. */
  summary(): SegmentSummary | undefined {
    const tail = this.#tail()
    // Any other number here is some part of a block.
    if (tail.readUInt32LE(0) !== SUMMARY_BYTES - 8) return undefined
    const payload = readFrames(tail).payloads[0]
    if (!payload || payload[0] !== SUMMARY[0]) return undefined
    return {
      count: payload.readDoubleLE(1),
      lastOrdinal: payload.readDoubleLE(9),
      lastArrivalMs: payload.readDoubleLE(17),
    }
  }

  load(): Segment {
    return segmentOf(readFrames(readFileSync(this.#path)).payloads)
  }

  close(): void {
    this.#appending?.close()
    this.#appending = undefined
  }

  remove(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }

  #tail(): Buffer {
    const tail = Buffer.alloc(SUMMARY_BYTES)
    const file = openSync(this.#path, 'r')
    try {
      const start = fstatSync(file).size - SUMMARY_BYTES
      if (start >= 0) readSync(file, tail, 0, SUMMARY_BYTES, start)
      return tail
    } finally {
      closeSync(file)
    }
  }
}

function segmentOf(payloads: readonly Buffer[]): Segment {
  const segment = new Segment()
  for (const payload of payloads) if (payload[0] === BLOCK[0]) segment.append(decodeBlock(payload.subarray(1)))
  return segment
}
