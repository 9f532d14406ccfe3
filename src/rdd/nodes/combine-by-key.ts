import { type Awaitable, andThen } from '../../util/awaitable.ts'
import type { CallSite } from '../call-site.ts'
import type { InTuples } from '../element.ts'
import { OperatorFailure } from '../failure.ts'
import { KeyTable } from '../key-table.ts'
import { type EmitPair, type KeyedInput, keyedInput, shuffledInput } from '../keyed-input.ts'
import type { Emit, Node, ShuffleWriter, Task } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { pushTable } from '../push.ts'
import { returned } from '../returned.ts'
import { Buckets, prepared } from '../shuffle.ts'

/** How values become one combined value per key. */
export interface Aggregator<V, C> {
  readonly createCombiner: (value: V) => C
  readonly mergeValue: (combined: C, value: V) => InTuples<C>
  readonly mergeCombiners: (a: C, b: C) => InTuples<C>
}

export interface CombineOptions<V, C> {
  readonly aggregator: Aggregator<V, C>
  readonly partitioner: Partitioner
  readonly site: CallSite
  /** Combines before the shuffle, too; off where that would not make the data smaller. */
  readonly mapSideCombine?: boolean
}

export function combineByKeyNode<K, V, C>(parent: Node<[K, V]>, options: CombineOptions<V, C>): Node<[K, C]> {
  const { aggregator, partitioner, site, mapSideCombine = true } = options
  const moves = !partitioner.equals(parent.partitioner)
  const { createCombiner, mergeValue, mergeCombiners } = aggregator
  if (moves && mapSideCombine) {
    const combined = combinedInput(parent, { aggregator, partitioner, site })
    return reducedNode<K, C, C>(combined, partitioner, (table) =>
      combiner(table, { create: (c: C) => c, merge: mergeCombiners, site }),
    )
  }
  const input = keyedInput(parent, partitioner, site)
  return reducedNode<K, V, C>(input, partitioner, (table) =>
    combiner(table, { create: createCombiner, merge: mergeValue, site }),
  )
}

function reducedNode<K, V, C>(
  input: KeyedInput<K, V>,
  partitioner: Partitioner,
  combine: (table: KeyTable<K, C>) => EmitPair<K, V>,
): Node<[K, C]> {
  function compute(partition: number, task: Task, emit: Emit<[K, C]>): Awaitable<void> {
    const table = new KeyTable<K, C>()
    return andThen(input.compute(partition, task, combine(table)), () => pushTable(table, emit, { partition, task }))
  }
  return { partitions: partitioner.numPartitions, partitioner, dependencies: [input.dependency], compute }
}

/** Combines within each map task, so that one value per key and task travels. */
function combinedInput<K, V, C>(parent: Node<[K, V]>, options: CombineOptions<V, C>): KeyedInput<K, C> {
  const { partitioner } = options
  return shuffledInput({
    kind: 'shuffle',
    parent,
    reducers: partitioner.numPartitions,
    prepare: prepared(partitioner),
    writer: () => combiningWriter<K, V, C>(options),
  })
}

function combiningWriter<K, V, C>({ aggregator, partitioner, site }: CombineOptions<V, C>): ShuffleWriter {
  const table = new KeyTable<K, C>()
  const add = combiner(table, { create: aggregator.createCombiner, merge: aggregator.mergeValue, site })
  return {
    emit(record) {
      const pair = record as [K, V]
      add(pair[0], pair[1])
    },
    blocks() {
      const buckets = new Buckets(partitioner.numPartitions)
      const { keys, values } = table
      for (let place = 0; place < keys.length; place++) {
        buckets.add(partitioner.partition(keys[place]), keys[place], values[place])
      }
      return buckets.blocks()
    },
  }
}

interface Merging<V, C> {
  readonly create: (value: V) => C
  readonly merge: (combined: C, value: V) => C
  readonly site: CallSite
}

/** The inner loop of every aggregation: one look-up per value. */
function combiner<K, V, C>(table: KeyTable<K, C>, { create, merge, site }: Merging<V, C>): EmitPair<K, V> {
  const { values } = table
  return (key, value) => {
    try {
      const place = table.find(key)
      if (place < 0) table.add(key, returned(create(value)))
      else values[place] = returned(merge(values[place] as C, value))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
}
