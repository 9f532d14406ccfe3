/** A dataset of the reference: its elements by partition, all of them made at once. */
export interface Dataset {
  readonly partitions: readonly Partition[]
  /** Over how many partitions keys are spread by their hash; absent where they lie anyhow. */
  readonly spread?: number
}

export type Partition = readonly unknown[]
export type Pair = readonly [key: unknown, value: unknown]
export type Merge = (a: unknown, b: unknown) => unknown

export const EMPTY: Dataset = { partitions: [] }

export function elementsOf({ partitions }: Dataset): unknown[] {
  return partitions.flat(1)
}

/** As `parallelize` cuts. */
export function cut(elements: Partition, count: number): Dataset {
  const at = (i: number): number => Math.floor((i * elements.length) / count)
  return { partitions: Array.from({ length: count }, (_, i) => elements.slice(at(i), at(i + 1))) }
}

export function eachPartition(dataset: Dataset, f: (partition: Partition) => Partition): Dataset {
  return { partitions: dataset.partitions.map(f) }
}

/** For functions that leave keys where they are. */
export function inPlace(dataset: Dataset, f: (partition: Partition) => Partition): Dataset {
  return { ...dataset, ...eachPartition(dataset, f) }
}

/** Where all lie alike, partition by partition; else one after the other. Datasets without partitions do not count. */
export function union(datasets: readonly Dataset[]): Dataset {
  const some = datasets.filter(({ partitions }) => partitions.length > 0)
  const spread = some[0]?.spread
  if (spread === undefined || some.some((dataset) => dataset.spread !== spread)) {
    return { partitions: some.flatMap(({ partitions }) => partitions) }
  }
  const together = (i: number): Partition => some.flatMap(({ partitions }) => partitions[i] ?? [])
  return { partitions: Array.from({ length: spread }, (_, i) => together(i)), spread }
}

/** Pairs where the hash of their keys puts them. Which hash is nobody's business: null is in the first partition. */
export function shuffled(dataset: Dataset, count: number): Dataset {
  if (dataset.spread === count) return dataset
  const partitions = Array.from({ length: count }, (): unknown[] => [])
  for (const pair of elementsOf(dataset)) partitions[placeOf((pair as Pair)[0], count)]?.push(pair)
  return { partitions, spread: count }
}

function placeOf(key: unknown, count: number): number {
  if (key === null) return 0
  let hash = 7
  for (const char of identity(key)) hash = (hash * 31 + char.charCodeAt(0)) >>> 0
  return hash % count
}

/** Equal for equal keys. */
export function identity(key: unknown): string {
  return JSON.stringify(key)
}

/** For each key of a partition, in the order of their first pairs, its values in each of some datasets. */
export function cogroup(datasets: readonly Dataset[], count: number): Dataset {
  const parts = datasets.map((dataset) => shuffled(dataset, count).partitions)
  const grouped = (place: number): Partition => {
    const groups = new Map<string, [unknown, unknown[][]]>()
    for (const [i, partitions] of parts.entries()) {
      for (const [key, value] of (partitions[place] ?? []) as readonly Pair[]) {
        const id = identity(key)
        const group = groups.get(id) ?? [key, datasets.map(() => [])]
        groups.set(id, group)
        group[1][i]?.push(value)
      }
    }
    return [...groups.values()]
  }
  return { partitions: Array.from({ length: count }, (_, place) => grouped(place)), spread: count }
}

/** Of each pair the value as `f` makes it. */
export function mapValues(dataset: Dataset, f: (value: unknown) => unknown): Dataset {
  return inPlace(dataset, (partition) => partition.map((pair) => [(pair as Pair)[0], f((pair as Pair)[1])]))
}

/** One array of values a key. */
export function groupByKey(dataset: Dataset, count: number): Dataset {
  return mapValues(cogroup([dataset], count), (groups) => (groups as unknown[][])[0])
}

export function reduceByKey(dataset: Dataset, f: Merge, count: number): Dataset {
  return mapValues(groupByKey(dataset, count), (values) => (values as unknown[]).reduce((a, b) => f(a, b)))
}
