/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78

/** Sixteen tables of 256: table k moves a byte on by k further bytes, so that four words take one step. */
const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256)
  for (let i = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[i] = crc
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number
    tables[i] = (before >>> 8) ^ (tables[before & 255] as number)
  }
  return tables
}

/**
 * CRC-32C of the bytes, from 0 to 2^32 - 1. With `previous`, the checksum of what came before, goes on from there:
 * `crc32c(b, crc32c(a))` is that of a followed by b. Made for little-endian machines, as stored values are.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  if (bytes.length < 16) return ~byteByByte(bytes, { from: 0, until: bytes.length }, ~previous) >>> 0
  const aligned = -bytes.byteOffset & 3
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, (bytes.length - aligned) >> 2)
  let crc = byteByByte(bytes, { from: 0, until: aligned }, ~previous)
  let i = 0
  for (const end = words.length - 3; i < end; i += 4) crc = fourWords(words, i, crc)
  return ~byteByByte(bytes, { from: aligned + i * 4, until: bytes.length }, crc) >>> 0
}

/** The checksum of some bytes in the form that records carry. */
export function crc32cHex(bytes: Uint8Array): string {
  return checksumText(crc32c(bytes))
}

/** A checksum as 8 hexadecimal digits, the form that records carry. */
export function checksumText(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

function byteByByte(bytes: Uint8Array, { from, until }: { from: number; until: number }, previous: number): number {
  let crc = previous
  for (let i = from; i < until; i++) crc = (crc >>> 8) ^ entry(0, crc ^ (bytes[i] as number))
  return crc
}

function fourWords(words: Int32Array, i: number, crc: number): number {
  return (
    word(12, crc ^ (words[i] as number)) ^
    word(8, words[i + 1] as number) ^
    word(4, words[i + 2] as number) ^
    word(0, words[i + 3] as number)
  )
}

/** What four bytes become that so many more follow in the step. */
function word(following: number, bytes: number): number {
  return (
    entry(following + 3, bytes) ^
    entry(following + 2, bytes >>> 8) ^
    entry(following + 1, bytes >>> 16) ^
    entry(following, bytes >>> 24)
  )
}

function entry(table: number, byte: number): number {
  return TABLES[table * 256 + (byte & 255)] as number
}
