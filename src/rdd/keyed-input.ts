import { type Awaitable, andThen, inTurn } from '../util/awaitable.ts'
import { elementText } from '../util/text.ts'
import type { CallSite } from './call-site.ts'
import { type Dependency, type Node, narrow, type ShuffleDependency, type Task } from './node.ts'
import type { Partitioner } from './partitioner.ts'
import { pushAll } from './push.ts'
import { pairWriter, prepared, readBlock } from './shuffle.ts'
import type { ShuffleBlock } from './shuffle-store.ts'

/** Receives pairs without a tuple. */
export type EmitPair<K, V> = (key: K, value: V) => void

/** Pairs brought to where a partitioner wants them: shuffled, or left alone when they are there already. */
export interface KeyedInput<K, V> {
  readonly dependency: Dependency
  compute(partition: number, task: Task, emit: EmitPair<K, V>): Awaitable<void>
}

export function keyedInput<K, V>(parent: Node<[K, V]>, partitioner: Partitioner, site: CallSite): KeyedInput<K, V> {
  if (partitioner.equals(parent.partitioner)) return localInput(parent)
  return shuffledInput({
    kind: 'shuffle',
    parent,
    reducers: partitioner.numPartitions,
    prepare: prepared(partitioner),
    writer: () => pairWriter(partitioner, site),
  })
}

function localInput<K, V>(parent: Node<[K, V]>): KeyedInput<K, V> {
  return {
    dependency: narrow(parent),
    compute: (partition, task, emit) => parent.compute(partition, task, (pair) => emit(pair[0], pair[1])),
  }
}

/** The pairs of a shuffle whose writer makes blocks with keys. */
export function shuffledInput<K, V>(dependency: ShuffleDependency): KeyedInput<K, V> {
  function compute(partition: number, task: Task, emit: EmitPair<K, V>): Awaitable<void> {
    const read = { dependency, partition, task }
    return inTurn(dependency.parent.partitions, (map) =>
      andThen(readBlock(read, map), (block) => pushBlock(block, emit, { partition, task })),
    )
  }
  return { dependency, compute }
}

function pushBlock<K, V>(
  { keys = [], values }: ShuffleBlock,
  emit: EmitPair<K, V>,
  { partition, task }: { readonly partition: number; readonly task: Task },
): Awaitable<void> {
  const origin = { partition, describe: (index: number) => `shuffled record with key ${elementText(keys[index])}` }
  let at = 0
  const emitValue = (value: V): void => {
    emit(keys[at] as K, value)
    at++
  }
  return pushAll(values as readonly V[], emitValue, { task, origin })
}
