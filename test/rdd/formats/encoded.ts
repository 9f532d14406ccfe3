import type { FileDecoder } from '../../../src/rdd/formats/decoder.ts'
import { type FilePart, type OutputFormat, openPart } from '../../../src/rdd/formats/output-format.ts'

export const part: FilePart = { partition: 0, identity: 'counts/1000' }

/** The bytes of a file of these elements, handed over in chunks. */
export function encoded<T>(format: OutputFormat<T>, chunks: readonly (readonly T[])[], of: FilePart = part): Buffer {
  const encoder = openPart(format, of)
  const pieces = chunks.map((chunk) => encoder.encode(chunk))
  return Buffer.concat([...pieces, encoder.end?.() ?? ''].map((piece) => Buffer.from(piece as string)))
}

/** The elements of a file that arrives `size` bytes at a time. */
export async function decoded<T>(read: FileDecoder<T>, bytes: Uint8Array, size = 7): Promise<T[]> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const all: T[] = []
  for await (const chunk of read(pieces(), { url: 'file:///x' })) all.push(...chunk)
  return all
}
