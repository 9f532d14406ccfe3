import { createHash } from 'node:crypto'

/** Hash keys are 128-bit numbers; as 32 hexadecimal digits they compare as strings, much faster than as bigints. */
export type HashKey = string

const KEYS = 1n << 128n

export function hashKeyOfPartitionKey(partitionKey: string): HashKey {
  return createHash('md5').update(partitionKey).digest('hex')
}

export function toHashKey(value: bigint): HashKey {
  return value.toString(16).padStart(32, '0')
}

export function hashKeyValue(key: HashKey): bigint {
  return BigInt(`0x${key}`)
}

/** As the API writes it. */
export function hashKeyDecimal(key: HashKey): string {
  return hashKeyValue(key).toString()
}

/** Nothing unless the text is a decimal number below 2^128. */
export function parseHashKey(decimal: string): HashKey | undefined {
  if (!/^(0|[1-9]\d{0,38})$/.test(decimal)) return undefined
  const value = BigInt(decimal)
  return value < KEYS ? toHashKey(value) : undefined
}

/** The whole key space cut into `count` even ranges, both ends included. */
export function evenRanges(count: number): readonly { readonly start: HashKey; readonly end: HashKey }[] {
  const width = KEYS / BigInt(count)
  return Array.from({ length: count }, (_, index) => {
    const start = width * BigInt(index)
    const end = index === count - 1 ? KEYS - 1n : start + width - 1n
    return { start: toHashKey(start), end: toHashKey(end) }
  })
}
