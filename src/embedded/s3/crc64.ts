/** A 64-bit number in two halves: bigint arithmetic is a hundred times too slow for every byte of a body. */
export interface Crc64 {
  readonly high: number
  readonly low: number
}

let nvme: { readonly high: Uint32Array; readonly low: Uint32Array } | undefined

/** CRC-64/NVME; `before` is the value of what came before. */
export function crc64nvme(bytes: Uint8Array, before: Crc64 = { high: 0, low: 0 }): Crc64 {
  nvme ??= table64(0x9a6c9329ac4bc9b5n)
  const { high: highs, low: lows } = nvme
  let high = ~before.high
  let low = ~before.low
  for (const byte of bytes) {
    const index = (low ^ byte) & 255
    low = ((low >>> 8) | (high << 24)) ^ (lows[index] ?? 0)
    high = (high >>> 8) ^ (highs[index] ?? 0)
  }
  return { high: ~high >>> 0, low: ~low >>> 0 }
}

function table64(polynomial: bigint): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const high = new Uint32Array(256)
  const low = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
    high[byte] = Number(value >> 32n)
    low[byte] = Number(value & 0xffffffffn)
  }
  return { high, low }
}
