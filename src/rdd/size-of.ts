const SAMPLES = 64
const MAX_DEPTH = 8

/** About how many bytes of memory these records take, from a sample of them: good to a factor of two, which is enough to bound a cache. */
export function sizeOf(records: readonly unknown[]): number {
  if (records.length === 0) return 16
  const step = Math.max(1, Math.floor(records.length / SAMPLES))
  let sampled = 0
  let bytes = 0
  for (let at = 0; at < records.length; at += step) {
    bytes += sizeOfValue(records[at], 0)
    sampled++
  }
  return Math.ceil((bytes / sampled) * records.length) + 8 * records.length
}

function sizeOfValue(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return 24 + 2 * value.length
    case 'bigint':
      return 32
    case 'object':
      return value === null || depth > MAX_DEPTH ? 8 : sizeOfObject(value, depth)
    default:
      return 8
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (Array.isArray(value)) return 32 + sizeOfItems(value, depth)
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength
  if (value instanceof ArrayBuffer) return 64 + value.byteLength
  if (value instanceof Map) return 64 + 2 * sizeOfItems([...value.values()], depth)
  if (value instanceof Set) return 64 + sizeOfItems([...value], depth)
  return 32 + sizeOfItems(Object.values(value), depth)
}

function sizeOfItems(items: readonly unknown[], depth: number): number {
  const step = Math.max(1, Math.floor(items.length / SAMPLES))
  let bytes = 0
  for (let at = 0; at < items.length; at += step) bytes += (8 + sizeOfValue(items[at], depth + 1)) * step
  return bytes
}
