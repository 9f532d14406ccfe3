import { crc32, inflateRawSync } from 'node:zlib'

const CENTRAL_HEADER = 0x02014b50
const LOCAL_HEADER = 0x04034b50
const END_OF_DIRECTORY = 0x06054b50

/** The files of an archive by name, found through its directory as unpacking programs do; refuses wrong checksums. */
export function unzip(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(archive)
  const end = bytes.lastIndexOf(le32(END_OF_DIRECTORY))
  const files = new Map<string, Uint8Array>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    expect(bytes.readUInt32LE(at) === CENTRAL_HEADER, 'no directory entry')
    const [packed, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)]
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const local = bytes.readUInt32LE(at + 42)
    expect(bytes.readUInt32LE(local) === LOCAL_HEADER, 'no file at the offset')
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const file = inflateRawSync(bytes.subarray(data, data + packed))
    expect(file.length === size && crc32(file) === bytes.readUInt32LE(at + 16), 'damaged file')
    files.set(bytes.toString('utf8', at + 46, at + 46 + (name ?? 0)), file)
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0)
  }
  return files
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function expect(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(`Not an archive: ${otherwise}`)
}
