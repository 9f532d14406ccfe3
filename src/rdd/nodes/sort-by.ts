import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { guarded } from '../guarded.ts'
import { type Emit, type Node, pipedNode, type ShuffleDependency, type ShuffleWriter, type Task } from '../node.ts'
import type { Compare } from '../ordering.ts'
import { checkPartitions, type Partitioner } from '../partitioner.ts'
import { RangePartitioner } from '../range-partitioner.ts'
import { returned } from '../returned.ts'
import { Buckets } from '../shuffle.ts'
import { readSorted } from '../sorted-read.ts'

export interface SortOptions<T, S> {
  readonly by: (record: T) => S
  readonly compare: Compare<S>
  readonly partitions: number
  readonly site: CallSite
  /** Whether `by` takes the key of pairs: then later operations on keys find them in place. */
  readonly byPairKey?: boolean
}

/**
 * Records in order through all partitions: ranges of keys from a sample, equal keys together, records with equal keys in
 * the order of the parent. With several partitions the parent is computed twice, once for the sample.
 */
export function sortByNode<T, S>(parent: Node<T>, options: SortOptions<T, S>): Node<T> {
  const reducers = checkPartitions(options.partitions)
  const compare = guarded(options.compare, options.site)
  const keyOf = guardedKey(options)
  const keyed = pipedNode<T, [S, null]>(parent, (next) => (record) => next([keyOf(record), null]))
  const ranges = new RangePartitioner(reducers, { node: keyed }, true, compare)
  const dependency: ShuffleDependency = {
    kind: 'shuffle',
    parent,
    reducers,
    prepare: (run) => ranges.prepare(run),
    writer: () => rangeWriter(ranges, keyOf as (record: unknown) => unknown),
  }
  return {
    partitions: reducers,
    partitioner: options.byPairKey ? ranges : undefined,
    dependencies: [dependency],
    compute: (partition: number, task: Task, emit: Emit<T>) =>
      readSorted<S, T>({ dependency, partition, task }, compare, (_, record) => emit(record)),
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

function guardedKey<T, S>({ by, site }: SortOptions<T, S>): (record: T) => S {
  return (record) => {
    try {
      return returned(by(record))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
}
