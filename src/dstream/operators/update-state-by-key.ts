import type { CallSite } from '../../rdd/call-site.ts'
import { located, OperatorFailure } from '../../rdd/failure.ts'
import { CHUNK_RECORDS, type Task } from '../../rdd/node.ts'
import { ownElement } from '../../rdd/own-element.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { RDD } from '../../rdd/rdd.ts'
import { returned } from '../../rdd/returned.ts'
import type { Slot, StateTable, TableToWalk } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'
import type { Time } from '../../util/time.ts'
import type { StateCodec } from '../state-codec.ts'
import type { StateVersionOptions } from '../state-version.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { withCodec } from './codec-table.ts'
import { type InitialState, placeInitialState } from './initial-state.ts'
import { type IteratorUpdateFunction, updateByIterator } from './iterator-update.ts'
import { keyedStateStream } from './keyed-state-stream.ts'
import { type OperatorCodec, operatorCodec, saysWhoseState } from './operator-codec.ts'
import { type StateInput, stateInput } from './state-input.ts'
import { type StreamedUpdate, updateStreamed } from './update-state-streamed.ts'
import { ValueGroups } from './value-groups.ts'
import { walkedNode } from './walked-node.ts'

/** The new state of a key from its values in this batch and its state so far; `undefined` removes the key. */
export type UpdateFunction<V, S> = (values: V[], state: S | undefined) => S | undefined

/** As `UpdateFunction`, told the batch time and the key. */
export type TimedUpdateFunction<K, V, S> = (time: Time, key: K, values: V[], state: S | undefined) => S | undefined

/** The three forms of the function. */
export type StateUpdate<K, V, S> =
  | { readonly kind: 'values'; readonly f: UpdateFunction<V, S> }
  | { readonly kind: 'timed'; readonly f: TimedUpdateFunction<K, V, S> }
  | { readonly kind: 'iterator'; readonly f: IteratorUpdateFunction<K, V, S> }

export interface UpdateState<K, V, S> {
  readonly update: StateUpdate<K, V, S>
  readonly partitioner: Partitioner
  /** Whether what comes out says how it is partitioned, so that later operators need not shuffle. */
  readonly rememberPartitioner: boolean
  readonly initialState?: InitialState<K, S> | undefined
  readonly codec: StateCodec<S> | undefined
  readonly versions: StateVersionOptions<S>
  readonly site: CallSite
}

/** Set once the state has begun: from then on every batch has a dataset, even if it is empty. */
const BEGUN = 'begun'

export function updateStateByKeyStream<K, V, S>(
  parent: StreamNode<[K, V]>,
  operator: UpdateState<K, V, S>,
): StreamNode<[K, S]> {
  const { partitioner, site, initialState } = operator
  const codec = operatorCodec(operator.codec, site)
  const open = (run: BatchRun, partition: number): Promise<StateTable<K, unknown>> => run.table(node, '', partition)
  /** Of the function that takes an iterator all is held: it cannot wait for what is read. */
  const openToWalk = async (run: BatchRun, partition: number): Promise<TableToWalk<K, unknown>> =>
    operator.update.kind === 'iterator'
      ? { kind: 'held', table: await open(run, partition) }
      : run.tableToWalk<K, unknown>(node, '', partition)
  const node: StreamNode<[K, S]> = keyedStateStream(parent, operator, {
    async advance(run) {
      const dataset = await run.of(parent)
      const begun = await run.single<boolean>(node, BEGUN)
      const first = !begun.has(BEGUN)
      if (first && !dataset) return
      const ofRun = (partition: number) => open(run, partition)
      if (first && initialState)
        await placeInitialState(run, initialState, { partitioner, site, codec, open: ofRun, put: keepFirst })
      const input = stateInput(dataset?.node, partitioner, site)
      await updateBatch(run, operator, { input, codec, open: ofRun, openToWalk: (at) => openToWalk(run, at) })
      if (first) begun.set(BEGUN, true)
    },
    async results(run) {
      const begun = await run.single<boolean>(node, BEGUN)
      if (!begun.has(BEGUN)) return undefined
      const entries = walkedNode<K, S>(partitioner, codec, (partition) => openToWalk(run, partition))
      return new RDD(run.sparkContext, operator.rememberPartitioner ? entries : { ...entries, partitioner: undefined })
    },
  })
  return node
}

/** A batch's pairs, and the state that they change. */
interface UpdatedState<K, V, S> {
  readonly input: StateInput<K, V>
  readonly codec: OperatorCodec<S> | undefined
  readonly open: (partition: number) => Promise<StateTable<K, unknown>>
  readonly openToWalk: (partition: number) => Promise<TableToWalk<K, unknown>>
}

async function updateBatch<K, V, S>(
  { sparkContext, batchTime }: BatchRun,
  { update, partitioner, site }: UpdateState<K, V, S>,
  { input, codec, open, openToWalk }: UpdatedState<K, V, S>,
): Promise<void> {
  if (update.kind === 'iterator') {
    const decoded = async (partition: number) => withCodec<K, S>(await open(partition), codec)
    return updateByIterator({ sparkContext, input, open: decoded, partitioner, site, f: update.f })
  }
  await sparkContext.run({
    node: input.node,
    task: async (partition, task) => {
      const columns = await input.columns(partition, task)
      const state = await openToWalk(partition)
      const work = { update, batchTime, partition, task, site }
      if (state.kind === 'streamed')
        return updateStreamed<K, V>(state.table, columns, { task, call: storedUpdate(work, codec) })
      const table = withCodec<K, S>(state.table, codec)
      return updateTable(table, new ValueGroups(table, columns), work)
    },
  })
}

function keepFirst<K>(table: StateTable<K, unknown>, key: K, stored: unknown): void {
  if (!table.has(key)) table.append(key, stored)
}

interface TableUpdate<K, V, S> {
  readonly update: Exclude<StateUpdate<K, V, S>, { readonly kind: 'iterator' }>
  readonly batchTime: Time
  readonly partition: number
  readonly task: Task
  readonly site: CallSite
}

/** Updates every key: those with state in their order, then those that are new, as they were first seen in the batch. */
async function updateTable<K, V, S>(
  table: StateTable<K, S>,
  groups: ValueGroups<K, V>,
  work: TableUpdate<K, V, S>,
): Promise<void> {
  const end = table.slots
  for (let from = 0; from < end; from += CHUNK_RECORDS) {
    updateRange(table, groups, { ...work, from, until: Math.min(from + CHUNK_RECORDS, end) })
    const pause = work.task.pause()
    if (pause) await pause
  }
  let handled = 0
  for (const [key, values] of groups.fresh()) {
    addKey(table, { key, values }, work)
    const pause = ++handled % CHUNK_RECORDS === 0 ? work.task.pause() : undefined
    if (pause) await pause
  }
}

/** The loop over all state: nothing is made per key but what the function makes. */
function updateRange<K, V, S>(
  table: StateTable<K, S>,
  groups: ValueGroups<K, V>,
  range: TableUpdate<K, V, S> & { readonly from: Slot; readonly until: Slot },
): void {
  const { update, batchTime, partition, site } = range
  let none: V[] = []
  let at = range.from
  const next = (slot: Slot, state: S): S | undefined => {
    at = slot
    // One empty array serves all keys without values until a function fills it, or may have kept it in what it returns.
    if (none.length > 0) none = []
    const values = groups.at(slot) ?? none
    const result =
      update.kind === 'values' ? update.f(values, state) : update.f(batchTime, table.keyAt(slot), values, state)
    if (typeof result !== 'object') return result
    none = []
    return returned(result)
  }
  try {
    table.update(range.from, range.until, next)
  } catch (cause) {
    if (saysWhoseState(cause)) throw cause
    throw located(new OperatorFailure(site, cause), partition, () => `key ${elementText(table.keyAt(at))}`)
  }
}

function addKey<K, V, S>(
  table: StateTable<K, S>,
  { key, values }: { readonly key: K; readonly values: V[] },
  work: TableUpdate<K, V, S>,
): void {
  const { partition, site } = work
  try {
    const next = callFunction(work, { key, values, state: undefined })
    // A function may return one object for several keys.
    if (next !== undefined) table.append(key, ownElement(next))
  } catch (cause) {
    if (saysWhoseState(cause)) throw cause
    throw located(new OperatorFailure(site, cause), partition, () => `key ${elementText(key)}`)
  }
}

/** The function on state as it is stored. What it or the codec throws says of which key. */
function storedUpdate<K, V, S>(
  work: TableUpdate<K, V, S>,
  codec: OperatorCodec<S> | undefined,
): StreamedUpdate<K, V>['call'] {
  const { partition, site } = work
  return (key, values, stored) => {
    try {
      const state = stored === undefined || !codec ? (stored as S | undefined) : codec.decode(stored, () => key)
      const next = callFunction(work, { key, values, state })
      return next === undefined || !codec ? next : codec.encode(next, () => key)
    } catch (cause) {
      if (saysWhoseState(cause)) throw cause
      throw located(new OperatorFailure(site, cause), partition, () => `key ${elementText(key)}`)
    }
  }
}

function callFunction<K, V, S>(
  { update, batchTime }: TableUpdate<K, V, S>,
  { key, values, state }: { readonly key: K; readonly values: V[]; readonly state: S | undefined },
): S | undefined {
  return returned(update.kind === 'values' ? update.f(values, state) : update.f(batchTime, key, values, state))
}
