import { type CallSite, internalSite } from '../../rdd/call-site.ts'
import { located, OperatorFailure } from '../../rdd/failure.ts'
import { KeyTable } from '../../rdd/key-table.ts'
import { CHUNK_RECORDS, type Node, type Task } from '../../rdd/node.ts'
import { groupByKeyNode } from '../../rdd/nodes/group-by-key.ts'
import { partitionByNode } from '../../rdd/nodes/partition-by.ts'
import { parallelizeNode } from '../../rdd/nodes/source.ts'
import { HashPartitioner, type Partitioner } from '../../rdd/partitioner.ts'
import { RDD } from '../../rdd/rdd.ts'
import { returned } from '../../rdd/returned.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { tableNode } from './table-node.ts'

/** The new state of a key from its values in this batch and its state so far; `undefined` removes the key. */
export type UpdateFunction<V, S> = (values: V[], state: S | undefined) => S | undefined

/** State to begin with; of several entries for a key the first counts. */
export type InitialState<K, S> = Iterable<readonly [K, S]> | RDD<[K, S]>

export interface UpdateState<K, V, S> {
  readonly f: UpdateFunction<V, S>
  readonly partitions: number
  readonly initialState?: InitialState<K, S> | undefined
  readonly site: CallSite
}

/** Set once the state has begun: from then on every batch has a dataset, even if it is empty. */
const BEGUN = 'begun'

export function updateStateByKeyStream<K, V, S>(
  parent: StreamNode<[K, V]>,
  update: UpdateState<K, V, S>,
): StreamNode<[K, S]> {
  const { partitions, site } = update
  const partitioner = new HashPartitioner(partitions)
  const tableOf = (run: BatchRun, partition: number): Promise<StateTable<K, S>> => run.table(node, '', partition)

  async function advance(run: BatchRun): Promise<void> {
    const input = await run.of(parent)
    const begun = await run.single<boolean>(node, BEGUN)
    const first = !begun.has(BEGUN)
    if (first && !input) return
    if (first && update.initialState) await placeInitial(run, initialNode(update.initialState, partitioner), tableOf)
    const grouped = groupByKeyNode(input?.node ?? run.sparkContext.emptyRDD<[K, V]>().node, partitioner, site)
    await run.sparkContext.run({
      node: grouped,
      task: async (partition, task) => {
        const groups = new KeyTable<K, V[] | undefined>()
        await grouped.compute(partition, task, (pair) => groups.add(pair[0], pair[1]))
        await updateTable(await tableOf(run, partition), { groups, update, partition, task })
      },
    })
    if (first) begun.set(BEGUN, true)
  }

  const node: StreamNode<[K, S]> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: parent.slideDuration,
    settings: { partitions },
    state: { every: parent.slideDuration, partitions, advance },
    async compute(run) {
      await run.advanced(node)
      const begun = await run.single<boolean>(node, BEGUN)
      if (!begun.has(BEGUN)) return undefined
      return new RDD(
        run.sparkContext,
        tableNode(partitioner, (partition) => tableOf(run, partition)),
      )
    },
  }
  return node
}

interface TableUpdate<K, V, S> {
  /** A key's values of this batch; emptied once its state has been updated. */
  readonly groups: KeyTable<K, V[] | undefined>
  readonly update: UpdateState<K, V, S>
  readonly partition: number
  readonly task: Task
}

/** Updates every key: those with state in their order, then those that are new, as they were first seen in the batch. */
async function updateTable<K, V, S>(table: StateTable<K, S>, work: TableUpdate<K, V, S>): Promise<void> {
  const { groups, task } = work
  let handled = 0
  for (const [key, state] of table.entries()) {
    const cell = groups.find(key)
    updateKey(table, { key, values: cell?.value ?? [], state }, work)
    if (cell) cell.value = undefined
    if (++handled % CHUNK_RECORDS === 0) await task.pause()
  }
  for (const { key, value: values } of groups.cells()) {
    if (values) updateKey(table, { key, values, state: undefined }, work)
    if (++handled % CHUNK_RECORDS === 0) await task.pause()
  }
}

function updateKey<K, V, S>(
  table: StateTable<K, S>,
  { key, values, state }: { readonly key: K; readonly values: V[]; readonly state: S | undefined },
  { update, partition }: TableUpdate<K, V, S>,
): void {
  let next: S | undefined
  try {
    next = returned(update.f(values, state))
  } catch (cause) {
    throw located(new OperatorFailure(update.site, cause), partition, () => `key ${elementText(key)}`)
  }
  if (next === undefined) table.delete(key)
  // The function may have changed an object in place: only a primitive tells that nothing has changed.
  else if (next !== state || typeof next === 'object') table.set(key, next)
}

function initialNode<K, S>(initial: InitialState<K, S>, partitioner: Partitioner): Node<[K, S]> {
  const node =
    initial instanceof RDD
      ? initial.node
      : parallelizeNode(
          Array.from(initial, ([key, state]): [K, S] => [key, state]),
          1,
        )
  return partitionByNode(node, partitioner, internalSite('initialState'))
}

async function placeInitial<K, S>(
  run: BatchRun,
  initial: Node<[K, S]>,
  tableOf: (run: BatchRun, partition: number) => Promise<StateTable<K, S>>,
): Promise<void> {
  await run.sparkContext.run({
    node: initial,
    task: async (partition, task) => {
      const table = await tableOf(run, partition)
      await initial.compute(partition, task, ([key, state]) => {
        if (!table.has(key)) table.set(key, state)
      })
    },
  })
}
