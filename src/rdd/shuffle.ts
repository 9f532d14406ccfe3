import { type Awaitable, andThen, inTurn } from '../util/awaitable.ts'
import type { CallSite } from './call-site.ts'
import { OperatorFailure } from './failure.ts'
import { KeyTable } from './key-table.ts'
import type { Emit, RunTasks, ShuffleDependency, ShuffleWriter, Task } from './node.ts'
import { ownElements } from './own-element.ts'
import type { Partitioner } from './partitioner.ts'
import { pushAll } from './push.ts'
import type { ShuffleBlock } from './shuffle-store.ts'

/** One reducer's share of a shuffle. */
export interface ShuffleRead {
  readonly dependency: ShuffleDependency
  readonly partition: number
  readonly task: Task
}

/**
 * What one map task wrote for the reducer. Reducers ask in the order of the map partitions: so the order of elements is the same
 * in every run. One block a call, as a generator of them would cost several promises for each.
 *
 * Each reader has elements of its own, as in Spark, which stores them serialised: else a function that merges into its first
 * argument would merge the same again for the next job that reads the shuffle.
 */
export function readBlock({ dependency, partition, task }: ShuffleRead, map: number): Awaitable<ShuffleBlock> {
  const read = andThen(task.pause(), () => task.readShuffle(dependency, map, partition))
  return andThen(read, ({ keys, values }) => ({
    ...(keys && { keys: ownElements(keys) }),
    values: ownElements(values),
  }))
}

/** Records that moved without keys. */
export function readValues<T>(read: ShuffleRead, emit: Emit<T>): Awaitable<void> {
  let first = 0
  const origin = { partition: read.partition, describe: (index: number) => `shuffled record ${index + 1}` }
  const push = ({ values }: ShuffleBlock): Awaitable<void> => {
    const from = first
    first += values.length
    return pushAll(values as readonly T[], emit, { task: read.task, origin, first: from })
  }
  return inTurn(read.dependency.parent.partitions, (map) => andThen(readBlock(read, map), push))
}

/** What a shuffle by a partitioner does before its map tasks. */
export function prepared(partitioner: Partitioner): ((run: RunTasks) => Promise<void>) | undefined {
  return partitioner.prepare && (async (run) => partitioner.prepare?.(run))
}

/** Columns for each reducer. */
export class Buckets {
  readonly #blocks: readonly { readonly keys: unknown[]; readonly values: unknown[] }[]

  constructor(reducers: number) {
    this.#blocks = Array.from({ length: reducers }, () => ({ keys: [], values: [] }))
  }

  add(reducer: number, key: unknown, value: unknown): void {
    const block = this.#blocks[reducer]
    block?.keys.push(key)
    block?.values.push(value)
  }

  blocks(): readonly ShuffleBlock[] {
    return this.#blocks
  }
}

/**
 * Sends each pair to its key's partition as it is. A key is hashed once however often it comes, unless it is a number: hashing
 * that costs less than finding out whether it came before.
 */
export function pairWriter(partitioner: Partitioner, site: CallSite): ShuffleWriter {
  const buckets = new Buckets(partitioner.numPartitions)
  const reducers = new KeyTable<unknown, number>()
  const reducerOf = (key: unknown): number => {
    const known = reducers.get(key)
    if (known !== undefined) return known
    const reducer = partitioner.partition(key)
    reducers.add(key, reducer)
    return reducer
  }
  return {
    emit(record) {
      const pair = record as readonly [unknown, unknown]
      const key = pair[0]
      try {
        buckets.add(typeof key === 'number' ? partitioner.partition(key) : reducerOf(key), key, pair[1])
      } catch (cause) {
        throw new OperatorFailure(site, cause)
      }
    },
    blocks: () => buckets.blocks(),
  }
}
