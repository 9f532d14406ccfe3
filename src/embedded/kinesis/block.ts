/** Records of one shard that were put in one call: they follow each other, and are stored and become visible together. */
export interface Block {
  /** Ordinal of the first record; the others follow without gaps. */
  readonly firstOrdinal: number
  readonly arrivalMs: number
  /** Every record as GetRecords will send it, each followed by a comma. */
  readonly text: Buffer
  /** Bytes of `text` per record, comma included. */
  readonly lengths: readonly number[]
  /** Bytes that count against the service's limits, per record: data and partition key. */
  readonly sizes: readonly number[]
}

const HEADER_BYTES = 20

/** A block's head, to be stored in front of its text. */
export function blockHeader({ firstOrdinal, arrivalMs, lengths, sizes }: Block): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES + lengths.length * 8)
  header.writeDoubleLE(firstOrdinal, 0)
  header.writeDoubleLE(arrivalMs, 8)
  header.writeUInt32LE(lengths.length, 16)
  let at = HEADER_BYTES
  for (const [index, length] of lengths.entries()) {
    header.writeUInt32LE(length, at)
    header.writeUInt32LE(sizes[index] ?? 0, at + 4)
    at += 8
  }
  return header
}

export function decodeBlock(payload: Buffer): Block {
  const count = payload.readUInt32LE(16)
  const lengths: number[] = []
  const sizes: number[] = []
  for (let index = 0; index < count; index++) {
    lengths.push(payload.readUInt32LE(HEADER_BYTES + index * 8))
    sizes.push(payload.readUInt32LE(HEADER_BYTES + index * 8 + 4))
  }
  return {
    firstOrdinal: payload.readDoubleLE(0),
    arrivalMs: payload.readDoubleLE(8),
    text: payload.subarray(HEADER_BYTES + count * 8),
    lengths,
    sizes,
  }
}
