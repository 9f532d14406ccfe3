import type { CallSite } from '../../rdd/call-site.ts'
import type { Emit, Node, Task } from '../../rdd/node.ts'
import { ownElement } from '../../rdd/own-element.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { pushAll } from '../../rdd/push.ts'
import { RDD } from '../../rdd/rdd.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { assert } from '../../util/assert.ts'
import type { Duration } from '../../util/time.ts'
import type { StateCodec } from '../state-codec.ts'
import type { StateMapping } from '../state-spec.ts'
import type { StateVersionOptions } from '../state-version.ts'
import { type BatchRun, isTimeValid, type StreamNode } from '../stream-node.ts'
import { withCodec } from './codec-table.ts'
import { type InitialState, placeInitialState } from './initial-state.ts'
import { keyedStateStream } from './keyed-state-stream.ts'
import { type OperatorCodec, operatorCodec } from './operator-codec.ts'
import { RecordMapper } from './record-mapper.ts'
import { type StateInput, stateInput } from './state-input.ts'
import { tableNode } from './table-node.ts'

export interface MapWithState<K, V, S, E> {
  readonly mapping: StateMapping<K, V, S, E>
  readonly partitioner: Partitioner
  readonly initialState: InitialState<K, S> | undefined
  readonly timeout: Duration | undefined
  readonly codec: StateCodec<S> | undefined
  readonly versions: StateVersionOptions<S>
  readonly site: CallSite
}

/** Set by the first batch, with initial state or without: what is said later to begin with replaces nothing. */
const BEGUN = 'begun'
/** How a stream's state is read by the streams made from it. */
interface Reading {
  readonly codec: OperatorCodec<unknown> | undefined
  /** Whether somebody takes all of it in every batch. */
  whole: boolean
}

const readings = new WeakMap<StreamNode<unknown>, Reading>()
/** Unless `checkpoint` says otherwise, timeouts are looked at in every batch of this many. */
const DEFAULT_CHECKPOINT_SLIDES = 10

/**
 * What the function returns for each record, in order. Touches the state of the batch's keys only; in batches that take a data
 * checkpoint, also of keys that have timed out.
 */
export function mapWithStateStream<K, V, S, E>(
  parent: StreamNode<[K, V]>,
  operator: MapWithState<K, V, S, E>,
): StreamNode<E> {
  const { partitioner, site, initialState, timeout } = operator
  const codec = operatorCodec(operator.codec, site)
  const reading: Reading = { codec: codec as OperatorCodec<unknown> | undefined, whole: false }
  /** What each run's partitions put out: the function is called once a batch, whoever asks for the results. */
  const emitted = new WeakMap<BatchRun, readonly E[][]>()
  const node: StreamNode<E> = keyedStateStream(parent, operator, {
    async advance(run) {
      const dataset = await run.of(parent)
      await begin(run, node, { initialState, partitioner, site, codec })
      const results = await mapBatch(run, operator, {
        input: stateInput(dataset?.node, partitioner, site),
        open: async (partition) => {
          const table = reading.whole
            ? run.table<K, S>(node, '', partition)
            : run.tableOfKeys<K, S>(node, '', partition)
          return withCodec(await table, codec)
        },
        expired: timeout && looksAtTimeouts(run, node) ? run.batchTime.milliseconds - timeout.milliseconds : undefined,
      })
      emitted.set(run, results)
    },
    results: (run) => new RDD(run.sparkContext, resultsNode(emitted.get(run) ?? [], site)),
  })
  readings.set(node, reading)
  return node
}

interface MappedState<K, V, S> {
  readonly input: StateInput<K, V>
  readonly open: (partition: number) => Promise<StateTable<K, S>>
  /** Keys that were last changed before have timed out; absent where the batch does not look at that. */
  readonly expired: number | undefined
}

/** What the function returned, by partition. */
function mapBatch<K, V, S, E>(
  { sparkContext, batchTime: time }: BatchRun,
  operator: MapWithState<K, V, S, E>,
  { input, open, expired }: MappedState<K, V, S>,
): Promise<readonly E[][]> {
  return sparkContext.run({
    node: input.node,
    task: async (partition, task) => {
      const columns = await input.columns(partition, task)
      const table = await open(partition)
      await table.prefetch(columns.keys)
      if (expired !== undefined) await table.prefetchExpired(expired)
      const records = new RecordMapper(table, operator, { time, partition })
      await records.mapAll(columns, task)
      if (expired !== undefined) await records.timeOut(expired, task)
      await records.settle(task)
      return records.emitted
    },
  })
}

/** Every key with its state after the batch, in every batch; `node` is a stream of `mapWithStateStream`. */
export function stateSnapshotsStream<K, S>(
  node: StreamNode<unknown>,
  partitioner: Partitioner,
  site: CallSite,
): StreamNode<[K, S]> {
  const reading = readings.get(node)
  assert(reading, `${node.kind} is no stream of mapWithState`)
  reading.whole = true
  const open = async (run: BatchRun, partition: number): Promise<StateTable<K, S>> =>
    withCodec(await run.table<K, S>(node, '', partition), reading.codec as OperatorCodec<S> | undefined)
  return {
    kind: site.operator,
    site,
    parents: [node],
    slideDuration: node.slideDuration,
    async compute(run) {
      await run.advanced(node)
      const entries = tableNode<K, S>(partitioner, (partition) => open(run, partition))
      return new RDD(run.sparkContext, entries)
    },
  }
}

async function begin<K, S>(
  run: BatchRun,
  node: StreamNode<unknown>,
  start: {
    readonly initialState: InitialState<K, S> | undefined
    readonly partitioner: Partitioner
    readonly site: CallSite
    readonly codec: OperatorCodec<S> | undefined
  },
): Promise<void> {
  const begun = await run.single<boolean>(node, BEGUN)
  if (begun.has(BEGUN)) return
  const { initialState, ...rest } = start
  const open = (partition: number): Promise<StateTable<K, unknown>> => run.table(node, '', partition)
  const time = run.batchTime.milliseconds
  const put = (table: StateTable<K, unknown>, key: K, stored: unknown): void => {
    const slot = table.find(key)
    if (slot < 0) table.append(key, stored, time)
    else table.setAt(slot, stored, time)
  }
  if (initialState) await placeInitialState(run, initialState, { ...rest, open, put })
  begun.set(BEGUN, true)
}

/** Not in a batch that is skipped: what the function returns would be lost, and where it throws, the batch could not be given up. */
function looksAtTimeouts(run: BatchRun, node: StreamNode<unknown>): boolean {
  if (run.givenUp) return false
  const interval = run.checkpointInterval(node) ?? node.slideDuration.times(DEFAULT_CHECKPOINT_SLIDES)
  return isTimeValid(run.batchTime, run.zeroTime, interval)
}

/** Results that are there already, by partition; each reader's own, as of what is kept. */
function resultsNode<E>(results: readonly (readonly E[])[], site: CallSite): Node<E> {
  async function compute(partition: number, task: Task, emit: Emit<E>): Promise<void> {
    const origin = { partition, describe: (index: number) => `result ${index + 1} of ${site}` }
    await pushAll(results[partition] ?? [], (result) => emit(ownElement(result)), { task, origin })
  }
  return {
    partitions: results.length,
    dependencies: [],
    compute,
    size: async (partition) => results[partition]?.length ?? 0,
  }
}
