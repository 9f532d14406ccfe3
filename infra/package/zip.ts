import { crc32, deflateRawSync } from 'node:zlib'

/** One file of an archive. */
export interface ZipEntry {
  /** Its path in the archive, `/` separated. */
  readonly name: string
  readonly bytes: Uint8Array
}

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END_OF_DIRECTORY = 0x06054b50
const VERSION = 20
const UTF8_NAMES = 0x0800
const DEFLATE = 8
/** 1980-01-01, the first day that the format knows. */
const DATE = 0x0021
/** A plain file that everybody may read: Lambda runs functions as a user of its own. */
const UNIX_MODE = 0o100644
const MADE_BY_UNIX = (3 << 8) | VERSION

/**
 * A ZIP archive of the entries, in their order, without times: the same files make the same bytes, so that a deployment
 * changes only those functions whose code has changed.
 */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const data = deflateRawSync(entry.bytes, { level: 9 })
    const fields = commonFields(entry, name, data)
    files.push(u32(LOCAL_HEADER), fields, u16(0), name, data)
    directory.push(u32(CENTRAL_HEADER), u16(MADE_BY_UNIX), fields, centralFields(offset), name)
    offset += 4 + fields.length + 2 + name.length + data.length
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0)
  if (offset + directoryBytes > 0xffffffff || entries.length > 0xffff) {
    throw new Error(`Too much for one archive, Lambda takes 50 MB: ${offset} bytes in ${entries.length} files`)
  }
  const count = Buffer.concat([u16(entries.length), u16(entries.length)])
  const end = [u32(END_OF_DIRECTORY), u16(0), u16(0), count, u32(directoryBytes), u32(offset), u16(0)]
  return Buffer.concat([...files, ...directory, ...end])
}

/** What the header before the data and the one in the directory share: version to the length of the name. */
function commonFields({ bytes }: ZipEntry, name: Buffer, data: Buffer): Buffer {
  return Buffer.concat([
    ...[u16(VERSION), u16(UTF8_NAMES), u16(DEFLATE), u16(0), u16(DATE)],
    ...[u32(crc32(bytes)), u32(data.length), u32(bytes.length), u16(name.length)],
  ])
}

/** No extra field, no comment, disk 0, no internal attributes. */
function centralFields(offset: number): Buffer {
  return Buffer.concat([u16(0), u16(0), u16(0), u16(0), u32((UNIX_MODE << 16) >>> 0), u32(offset)])
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
