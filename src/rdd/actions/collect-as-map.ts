import { KeyTable } from '../key-table.ts'

/** Pairs as a map; the last value of a key wins. Structured keys are the objects that were seen first. */
export function asMap<K, V>(pairs: readonly (readonly [K, V])[]): Map<K, V> {
  const table = new KeyTable<K, V>()
  for (const [key, value] of pairs) table.set(key, value)
  return new Map(table.entries())
}
