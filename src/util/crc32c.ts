/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78

/** Eight tables of 256: table k moves a byte on by k further bytes, so that eight bytes take one step. */
const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
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
 * `crc32c(b, crc32c(a))` is that of a followed by b.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) crc = eightBytes(bytes, i, crc)
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ entry(0, crc ^ at(bytes, i))
  return ~crc >>> 0
}

/** As 8 hexadecimal digits, the form that records carry. */
export function crc32cHex(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, '0')
}

function eightBytes(bytes: Uint8Array, i: number, crc: number): number {
  const low = crc ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24))
  return (
    entry(7, low) ^
    entry(6, low >>> 8) ^
    entry(5, low >>> 16) ^
    entry(4, low >>> 24) ^
    entry(3, at(bytes, i + 4)) ^
    entry(2, at(bytes, i + 5)) ^
    entry(1, at(bytes, i + 6)) ^
    entry(0, at(bytes, i + 7))
  )
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number
}

function entry(table: number, byte: number): number {
  return TABLES[table * 256 + (byte & 255)] as number
}
