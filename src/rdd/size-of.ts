const SAMPLES = 64
const MAX_DEPTH = 8

/** About how many bytes of memory these records take, from a sample of them: good to a factor of two, which is enough to bound a cache. */
export function sizeOf(records: readonly unknown[]): number {
  if (records.length === 0) return 16
  const step = Math.max(1, Math.floor(records.length / SAMPLES))
  let sampled = 0
  let bytes = 0
  for (let at = 0; at < records.length; at += step) {
    bytes += sizeOfValue(records[at], { depth: 0, seen: new Set() })
    sampled++
  }
  return Math.ceil((bytes / sampled) * records.length) + 8 * records.length
}

/** Where in a record a value is. */
interface Place {
  readonly depth: number
  /** Objects of the record that are counted: those that refer to each other in many ways would be walked along each of these. */
  readonly seen: Set<object>
}

function sizeOfValue(value: unknown, place: Place): number {
  switch (typeof value) {
    case 'string':
      return 24 + 2 * value.length
    case 'bigint':
      return 32
    case 'object':
      return value === null || place.depth > MAX_DEPTH || place.seen.has(value) ? 8 : sizeOfObject(value, place)
    default:
      return 8
  }
}

function sizeOfObject(value: object, place: Place): number {
  place.seen.add(value)
  if (Array.isArray(value)) return 32 + sizeOfItems(value, place)
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength
  if (value instanceof ArrayBuffer) return 64 + value.byteLength
  if (value instanceof Map) return 64 + 2 * sizeOfItems([...value.values()], place)
  if (value instanceof Set) return 64 + sizeOfItems([...value], place)
  return 32 + sizeOfItems(Object.values(value), place)
}

function sizeOfItems(items: readonly unknown[], { depth, seen }: Place): number {
  const step = Math.max(1, Math.floor(items.length / SAMPLES))
  let bytes = 0
  for (let at = 0; at < items.length; at += step)
    bytes += (8 + sizeOfValue(items[at], { depth: depth + 1, seen })) * step
  return bytes
}
