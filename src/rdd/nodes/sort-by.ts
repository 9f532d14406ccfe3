import { Random } from '../../util/random.ts'
import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import type { Emit, Node, RunTasks, ShuffleDependency, ShuffleWriter, Task } from '../node.ts'
import type { Compare } from '../ordering.ts'
import { checkPartitions, type Partitioner } from '../partitioner.ts'
import { pushAll } from '../push.ts'
import { Buckets, readBlocks } from '../shuffle.ts'

/** Keys looked at per resulting partition: enough for even ranges, few enough to keep. */
const SAMPLE_PER_PARTITION = 60

export interface SortOptions<T, S> {
  readonly by: (record: T) => S
  readonly compare: Compare<S>
  readonly partitions: number
  readonly site: CallSite
  /** Whether `by` takes the key of pairs: then later operations on keys find them in place. */
  readonly byPairKey?: boolean
}

interface Sorted<T, S> {
  readonly key: S
  readonly record: T
}

/**
 * Records in order through all partitions: ranges of keys from a sample, equal keys together, records with equal keys in
 * the order of the parent. With several partitions the parent is computed twice, once for the sample.
 */
export function sortByNode<T, S>(parent: Node<T>, options: SortOptions<T, S>): Node<T> {
  const reducers = checkPartitions(options.partitions)
  const compare = guardedCompare(options)
  const ranges = new RangePartitioner(compare as Compare<unknown>, reducers)
  const keyOf = guarded(options)
  const dependency: ShuffleDependency = {
    kind: 'shuffle',
    parent,
    reducers,
    prepare: async (run) => ranges.cut(reducers > 1 ? await sampleKeys(parent, keyOf, { run, reducers }) : []),
    writer: () => rangeWriter(ranges, keyOf as (record: unknown) => unknown),
  }
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    const sorted: Sorted<T, S>[] = []
    for await (const { keys = [], values } of readBlocks({ dependency, partition, task })) {
      for (let i = 0; i < values.length; i++) sorted.push({ key: keys[i] as S, record: values[i] as T })
    }
    sorted.sort((a, b) => compare(a.key, b.key))
    const origin = { partition, describe: (index: number) => `sorted record ${index}` }
    await pushAll(sorted, (one) => emit(one.record), { task, origin })
  }
  return {
    partitions: reducers,
    partitioner: options.byPairKey ? ranges : undefined,
    dependencies: [dependency],
    compute,
  }
}

/** Partitions by where a key lies among bounds that are known once the parent has been sampled. */
class RangePartitioner implements Partitioner {
  readonly numPartitions: number
  readonly #compare: Compare<unknown>
  #bounds: readonly unknown[] = []

  constructor(compare: Compare<unknown>, numPartitions: number) {
    this.#compare = compare
    this.numPartitions = numPartitions
  }

  cut(sample: unknown[]): void {
    sample.sort(this.#compare)
    const bounds: unknown[] = []
    for (let i = 1; i < this.numPartitions && sample.length > 0; i++) {
      const bound = sample[Math.min(sample.length - 1, Math.floor((i * sample.length) / this.numPartitions))]
      if (bounds.length === 0 || this.#compare(bounds.at(-1), bound) < 0) bounds.push(bound)
    }
    this.#bounds = bounds
  }

  /** The number of bounds that are not after the key. */
  partition(key: unknown): number {
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#bounds[middle], key) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  equals(other: Partitioner | undefined): boolean {
    return other === this
  }
}

function rangeWriter(ranges: Partitioner, keyOf: (record: unknown) => unknown): ShuffleWriter {
  const buckets = new Buckets(ranges.numPartitions)
  return {
    emit(record) {
      const key = keyOf(record)
      buckets.add(ranges.partition(key), key, record)
    },
    blocks: () => buckets.blocks(),
  }
}

/** A fair sample of each partition's keys (reservoir), the same in every run. */
async function sampleKeys<T, S>(
  parent: Node<T>,
  keyOf: (record: T) => S,
  { run, reducers }: { readonly run: RunTasks; readonly reducers: number },
): Promise<S[]> {
  const size = Math.ceil((SAMPLE_PER_PARTITION * reducers) / Math.max(1, parent.partitions))
  const samples = await run(parent, async (partition, task) => {
    const random = new Random(size, partition)
    const sample: S[] = []
    let seen = 0
    await parent.compute(partition, task, (record) => {
      const place = seen < size ? seen : random.nextInt(seen + 1)
      if (place < size) sample[place] = keyOf(record)
      seen++
    })
    return sample
  })
  return samples.flat()
}

function guarded<T, S>({ by, site }: SortOptions<T, S>): (record: T) => S {
  return (record) => {
    try {
      return by(record)
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
}

function guardedCompare<T, S>({ compare, site }: SortOptions<T, S>): Compare<S> {
  return (a, b) => {
    try {
      return compare(a, b)
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
}
