import { type CallSite, internalSite } from '../../rdd/call-site.ts'
import { partitionByNode } from '../../rdd/nodes/partition-by.ts'
import { parallelizeNode } from '../../rdd/nodes/source.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { RDD } from '../../rdd/rdd.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { inState } from '../../state/state-of-key.ts'
import type { BatchRun } from '../stream-node.ts'
import type { OperatorCodec } from './operator-codec.ts'
import { ownCopy } from './own-copy.ts'

/** State to begin with, as pairs. */
export type InitialState<K, S> = Iterable<readonly [K, S]> | RDD<[K, S]>

interface Placing<K, S> {
  readonly partitioner: Partitioner
  readonly site: CallSite
  readonly codec: OperatorCodec<S> | undefined
  readonly open: (partition: number) => Promise<StateTable<K, unknown>>
  readonly put: (table: StateTable<K, unknown>, key: K, stored: unknown) => void
}

/**
 * Hands a copy of each entry to `put`, as it is stored, in the partition that its key belongs to, in order. The entries themselves
 * live as long as the process: what a function did to them would be there when the batch is tried again.
 */
export async function placeInitialState<K, S>(
  run: BatchRun,
  initial: InitialState<K, S>,
  placing: Placing<K, S>,
): Promise<void> {
  const pairs = initial instanceof RDD ? initial.node : parallelizeNode(Array.from(initial, pairOf), 1)
  const node = partitionByNode(pairs, placing.partitioner, internalSite('initialState'))
  await run.sparkContext.run({
    node,
    task: async (partition, task) => {
      const table = await placing.open(partition)
      await node.compute(partition, task, ([key, state]) =>
        placing.put(table, ownCopy(key), storedCopy(key, state, placing)),
      )
    },
  })
}

/** With a codec, too: what it encodes may share objects with the state. */
function storedCopy<K, S>(key: K, state: S, { site, codec }: Placing<K, S>): unknown {
  const stored = codec ? codec.encode(state, () => key) : state
  try {
    return ownCopy(stored)
  } catch (error) {
    throw inState(String(site), key, error)
  }
}

function pairOf<K, S>([key, state]: readonly [K, S]): [K, S] {
  return [key, state]
}
