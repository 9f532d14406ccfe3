import { crc32 } from 'node:zlib'
import { SluiceError } from '../../util/errors.ts'

/**
 * The form of every append-only file here: `[length u32][CRC-32 u32][payload]…`, little-endian. A process that is killed while it
 * appends leaves at most one torn frame at the end, which `readFrames` does not count, so that its reader can cut it off.
 */
const HEADER_BYTES = 8

/** A frame of the payload's parts, in one buffer, so that one write appends it. */
export function frame(parts: readonly Buffer[]): Buffer {
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0)
  const framed = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes)
  let at = HEADER_BYTES
  for (const part of parts) at += part.copy(framed, at)
  framed.writeUInt32LE(payloadBytes, 0)
  framed.writeUInt32LE(crc32(framed.subarray(HEADER_BYTES)), 4)
  return framed
}

export interface Frames {
  readonly payloads: readonly Buffer[]
  /** Where the last whole frame ends; what follows is torn. */
  readonly validBytes: number
}

/** @throws SluiceError `log-damaged` for a wrong frame before the last one, which no kill leaves behind */
export function readFrames(file: Buffer): Frames {
  const payloads: Buffer[] = []
  let at = 0
  while (at + HEADER_BYTES <= file.length) {
    const payloadBytes = file.readUInt32LE(at)
    const end = at + HEADER_BYTES + payloadBytes
    // A tail of zeros would otherwise read as empty frames with a right checksum.
    if (payloadBytes === 0 || end > file.length) break
    const payload = file.subarray(at + HEADER_BYTES, end)
    if (crc32(payload) !== file.readUInt32LE(at + 4)) {
      if (end === file.length) break
      throw damaged(at, file.length)
    }
    payloads.push(payload)
    at = end
  }
  return { payloads, validBytes: at }
}

function damaged(at: number, sizeBytes: number): SluiceError {
  const message = `a file of the embedded cloud is damaged; delete its directory to start over: byte ${at} of ${sizeBytes}`
  return new SluiceError({ code: 'log-damaged', kind: 'data', message })
}
