import { partitionOfKey } from '../../../src/util/hash.ts'
import type { Key, Pair } from '../apps/app-spec.ts'

/** What a batch's stream holds: pairs by partition; `hashed` if each key is where its hash puts it. */
export interface Dataset {
  readonly parts: readonly (readonly Pair[])[]
  readonly hashed: boolean
}

/** Keys compare by value: their text tells them apart. */
export function keyText(key: Key): string {
  return JSON.stringify(key)
}

export function mapped(dataset: Dataset, f: (pair: Pair) => readonly Pair[], hashed = false): Dataset {
  return { parts: dataset.parts.map((part) => part.flatMap(f)), hashed: hashed && dataset.hashed }
}

/** Each pair where the hash of its key puts it, in the order of the partitions that they come from. */
export function shuffled({ parts }: Dataset, partitions: number): Pair[][] {
  const out = eachPartition(partitions, (): Pair[] => [])
  for (const part of parts) for (const pair of part) out[partitionOfKey(pair[0], partitions)]?.push(pair)
  return out
}

/** What there is of each partition: `Array.from` takes many times as long, and most are empty. */
export function eachPartition<T>(partitions: number, f: (at: number) => T): T[] {
  const parts: T[] = []
  for (let at = 0; at < partitions; at++) parts.push(f(at))
  return parts
}

/** Values by key, keys as they were first seen. */
export function grouped(pairs: readonly Pair[]): Map<string, { readonly key: Key; readonly values: number[] }> {
  const groups = new Map<string, { readonly key: Key; readonly values: number[] }>()
  for (const [key, value] of pairs) {
    const text = keyText(key)
    const group = groups.get(text) ?? { key, values: [] }
    group.values.push(value)
    groups.set(text, group)
  }
  return groups
}

/** One dataset after the other; partition by partition if all are placed alike. */
export function united(datasets: readonly Dataset[]): Dataset {
  const placed = datasets.filter(({ parts }) => parts.length > 0)
  const [first] = placed
  const alike =
    first?.hashed === true && placed.every(({ parts, hashed }) => hashed && parts.length === first.parts.length)
  if (!alike) return { parts: placed.flatMap(({ parts }) => parts), hashed: false }
  return { parts: first.parts.map((_, at) => placed.flatMap(({ parts }) => parts[at] ?? [])), hashed: true }
}
