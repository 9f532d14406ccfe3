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
  /** All pairs of a partition, in order. */
  columns(partition: number, task: Task): Awaitable<Columns<K, V>>
}

/** Pairs without an object each: `keys[i]` belongs to `values[i]`. */
export interface Columns<K, V> {
  readonly keys: readonly K[]
  readonly values: readonly V[]
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
  const compute: KeyedInput<K, V>['compute'] = (partition, task, emit) =>
    parent.compute(partition, task, (pair) => emit(pair[0], pair[1]))
  function columns(partition: number, task: Task): Awaitable<Columns<K, V>> {
    const [keys, values]: [K[], V[]] = [[], []]
    const add = (key: K, value: V): void => {
      keys.push(key)
      values.push(value)
    }
    return andThen(compute(partition, task, add), () => ({ keys, values }))
  }
  return { dependency: narrow(parent), compute, columns }
}

/** The pairs of a shuffle whose writer makes blocks with keys. */
export function shuffledInput<K, V>(dependency: ShuffleDependency): KeyedInput<K, V> {
  function compute(partition: number, task: Task, emit: EmitPair<K, V>): Awaitable<void> {
    const read = { dependency, partition, task }
    return inTurn(dependency.parent.partitions, (map) =>
      andThen(readBlock(read, map), (block) => pushBlock(block, emit, { partition, task })),
    )
  }
  function columns(partition: number, task: Task): Awaitable<Columns<K, V>> {
    const read = { dependency, partition, task }
    const blocks: ShuffleBlock[] = []
    const reading = inTurn(dependency.parent.partitions, (map) =>
      andThen(readBlock(read, map), (block) => void blocks.push(block)),
    )
    return andThen(reading, () => joined(blocks) as Columns<K, V>)
  }
  return { dependency, compute, columns }
}

function joined(blocks: readonly ShuffleBlock[]): Columns<unknown, unknown> {
  return {
    keys: concatenated(blocks.map(({ keys = [] }) => keys)),
    values: concatenated(blocks.map(({ values }) => values)),
  }
}

/** A call takes no more arguments than this by far. */
const ARGUMENTS = 10_000

/** What a single map task wrote is taken as it is. */
function concatenated(lists: readonly (readonly unknown[])[]): readonly unknown[] {
  let [all = []] = lists
  for (let from = 1; from < lists.length; from += ARGUMENTS) all = all.concat(...lists.slice(from, from + ARGUMENTS))
  return all
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
