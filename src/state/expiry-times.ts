import { crc32c } from '../util/crc32c.ts'
import { ValueReader } from '../util/value-reader.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { Parts } from './snapshot-index.ts'

/** Parts are closed from here on: who looks for what has expired reads the first ones only. */
const PART_BYTES = 4096

/**
 * In which blocks of a snapshot there are entries that were last changed at a time. Stored from the earliest time on, in parts:
 * `time(value) blocks(uint) distance(uint)…` for each time, a distance being from the block before, the first from 0.
 */
export class ExpiryTimes {
  readonly #blocksByTime = new Map<number, number[]>()

  /** Blocks come in their order. */
  add(time: number, block: number): void {
    const blocks = this.#blocksByTime.get(time)
    if (blocks === undefined) this.#blocksByTime.set(time, [block])
    else if (blocks.at(-1) !== block) blocks.push(block)
  }

  encode(): { readonly parts: Parts; readonly firstTimes: Float64Array; readonly bytes: Uint8Array } {
    const writer = new ValueWriter(PART_BYTES * 2)
    const firstTimes: number[] = []
    const ends: number[] = []
    for (const [time, blocks] of [...this.#blocksByTime].sort(([a], [b]) => a - b)) {
      if (firstTimes.length === ends.length) firstTimes.push(time)
      writeTime(writer, time, blocks)
      if (writer.length - (ends.at(-1) ?? 0) >= PART_BYTES) ends.push(writer.length)
    }
    if (firstTimes.length > ends.length) ends.push(writer.length)
    const bytes = writer.toBytes()
    return { parts: partsBetween(bytes, ends), firstTimes: Float64Array.from(firstTimes), bytes }
  }
}

/** Times in milliseconds, from `from` to before `until`. */
export interface TimeSpan {
  readonly from: number
  readonly until: number
}

/** The blocks in which a part of the times has entries last changed in a span of time. */
export function blocksOf(part: Uint8Array, { from, until }: TimeSpan): Set<number> {
  const reader = new ValueReader(part)
  const blocks = new Set<number>()
  while (!reader.atEnd) {
    const time = reader.number()
    let block = 0
    for (let left = reader.uint(); left > 0; left--) {
      block += reader.uint()
      if (time >= from && time < until) blocks.add(block)
    }
  }
  return blocks
}

function writeTime(writer: ValueWriter, time: number, blocks: readonly number[]): void {
  writer.value(time)
  writer.uint(blocks.length)
  let before = 0
  for (const block of blocks) {
    writer.uint(block - before)
    before = block
  }
}

function partsBetween(bytes: Uint8Array, ends: readonly number[]): Parts {
  const starts = [0, ...ends]
  return {
    sizes: Uint32Array.from(ends, (end, i) => end - (starts[i] as number)),
    checksums: Uint32Array.from(ends, (end, i) => crc32c(bytes.subarray(starts[i], end))),
  }
}
