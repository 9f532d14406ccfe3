import type { SinkDescriptor } from '../ports/sink.ts'
import type { CallSite } from '../rdd/call-site.ts'
import type { StorageLevel } from '../rdd/storage-level.ts'
import { SluiceError } from '../util/errors.ts'
import { digest } from '../util/hash.ts'
import { canonicalKey } from '../util/key.ts'
import type { Duration } from '../util/time.ts'
import { withAncestors } from './ancestors.ts'
import { Batch, type BatchContext } from './batch.ts'
import { checkCheckpointInterval } from './checkpoint-interval.ts'
import { type GraphInput, graphInputs, inputOf, refuseSharedReceivers, streamIdOf } from './graph-input.ts'
import { countReaders } from './input-readers.ts'
import { ListenerBus } from './listener-bus.ts'
import { notInitialised } from './not-initialised.ts'
import { type NamedOutput, nameOutputs } from './output-names.ts'
import type { OutputNode } from './output-node.ts'
import type { Slicer } from './slicer.ts'
import { type StreamId, streamIds } from './stream-ids.ts'
import type { StateForm, StateKeeper, StreamNode } from './stream-node.ts'

/** An operator that keeps state, as reports and upgrade checks name it. */
export interface StatefulOperator {
  readonly id: string
  readonly kind: string
  readonly partitions: number
  /** `updateStateByKey at running-count.ts:20`. */
  readonly site: string
  /** Whether `.uid()` named it. */
  readonly named: boolean
  readonly form: StateForm
  /** Whether it may not run without a checkpoint directory. */
  readonly mustCheckpoint: boolean
}

/**
 * An application's streams and outputs. Open while `build` declares it, then closed for ever. Only what an output needs
 * takes part in batches.
 *
 * @example
 * ```ts
 * const graph = buildGraph(wordCount, { in: 'data/in', out: 'data/counts' })
 * graph.inputs.map(({ descriptor }) => descriptor.kind) // ['file']
 * graph.outputs.map(({ name }) => name) // ['saveAsTextFiles']
 * graph.stateful // []
 * graph.validate()
 * ```
 */
export class Graph {
  readonly batchInterval: Duration
  readonly #nodes = new Set<StreamNode<unknown>>()
  readonly #outputs: OutputNode[] = []
  readonly #uids = new Map<StreamNode<unknown>, string>()
  readonly #storageLevels = new Map<StreamNode<unknown>, StorageLevel>()
  readonly #checkpointIntervals = new Map<StreamNode<unknown>, Duration>()
  /** Who hears what becomes of its batches, wherever it runs. */
  readonly listeners = new ListenerBus()
  /** How long datasets are to be had again at least, if anybody has said so. */
  rememberDuration: Duration | undefined
  /** Attached while something runs the graph. */
  slicer: Slicer | undefined
  #closed: ClosedGraph | undefined
  #stopped = false
  #fingerprint: string | undefined
  #operators: readonly StatefulOperator[] | undefined

  constructor(batchInterval: Duration) {
    this.batchInterval = batchInterval
  }

  /** Takes in a stream; refused with code `graph-closed` once the graph is closed. */
  add<T>(node: StreamNode<T>): StreamNode<T> {
    this.#requireOpen()
    for (const parent of node.parents) if (!this.#nodes.has(parent)) throw otherContext(parent, node)
    this.#nodes.add(node)
    return node
  }

  /** Takes in an output; refused with code `graph-closed` once the graph is closed. */
  addOutput(output: OutputNode): void {
    this.#requireOpen()
    this.#outputs.push(output)
  }

  /** Names a stream by hand, so that its state survives changes of the code around it. */
  nameNode(node: StreamNode<unknown>, uid: string): void {
    this.#requireOpen()
    // As a key of `rename`, { __proto__: … } would say nothing.
    if (!/^[\w-]{1,100}$/.test(uid) || uid === '__proto__') throw badUid(uid)
    this.#uids.set(node, uid)
  }

  /** Says how often a stream's data is checkpointed. Refused with code `graph-closed` after the start. */
  setCheckpointInterval(node: StreamNode<unknown>, interval: Duration, site: CallSite): void {
    if (this.#closed) throw checkpointAfterStart(site)
    checkCheckpointInterval(node, interval, site)
    this.#checkpointIntervals.set(node, interval)
  }

  /** What `setCheckpointInterval` said, `undefined` if nothing. */
  checkpointInterval(node: StreamNode<unknown>): Duration | undefined {
    return this.#checkpointIntervals.get(node)
  }

  /** Says how a stream's datasets are kept while a batch lasts. Refused with code `graph-closed` after the start. */
  setStorageLevel(node: StreamNode<unknown>, level: StorageLevel, site: CallSite): void {
    if (this.#closed) throw persistAfterStart(site)
    this.#storageLevels.set(node.persistedAs ?? node, level)
  }

  /** Ends the declaration, once; whatever is asked of a graph below needs that. */
  close(): void {
    if (this.#closed) return
    const ends = this.#outputs.map(({ stream }) => stream)
    const nodes = withAncestors(ends, [...this.#nodes])
    const ids = streamIds(nodes, this.#uids)
    const isPersisted = (node: StreamNode<unknown>): boolean => this.#storageLevels.has(node)
    const readers = countReaders({ nodes, outputs: this.#outputs, isPersisted })
    const inputs = graphInputs(this.#nodes, { ids, readers })
    const stateful = nodes.filter((node) => node.state)
    this.#closed = { nodes, stateful, ids, inputs, outputs: nameOutputs(this.#outputs) }
  }

  /** Says that what ran it has stopped, for the words in which additions are refused. */
  stop(): void {
    this.close()
    this.#stopped = true
  }

  /** Refuses a graph that cannot run: with code `no-output` if it has none. */
  validate(): void {
    this.close()
    if (this.#outputs.length === 0) throw noOutputs()
    refuseSharedReceivers(this.inputs)
  }

  /** Streams that some output needs, parents before children. */
  get nodes(): readonly StreamNode<unknown>[] {
    return this.#view().nodes
  }

  /** Input streams that some output needs. */
  get inputs(): readonly GraphInput[] {
    return this.#view().inputs
  }

  /** The input stream of this id; refuses others with code `unknown-input`. */
  input(uid: string): GraphInput {
    return inputOf(this.inputs, uid)
  }

  /** The place of an input stream among all that were declared, from 0: what listeners know it by. */
  streamIdOf(node: StreamNode<unknown>): number {
    return streamIdOf(node, this.#nodes)
  }

  /** All outputs, in the order of their declaration. */
  get outputs(): readonly NamedOutput[] {
    return this.#view().outputs
  }

  /** The sink of the output of this name; `undefined` when there is none, or a function carries it out. */
  sink(output: string): SinkDescriptor | undefined {
    return this.outputs.find(({ name }) => name === output)?.node.sink
  }

  /** Whether a batch may have side effects before its commit. */
  get hasForeachRDD(): boolean {
    return this.#outputs.some(({ fn }) => fn !== undefined)
  }

  /** The operators that keep state. */
  get stateful(): readonly StatefulOperator[] {
    this.#operators ??= this.#view().stateful.flatMap((node) => (node.state ? [this.#described(node, node.state)] : []))
    return this.#operators
  }

  #described(node: StreamNode<unknown>, state: StateKeeper): StatefulOperator {
    const { partitions, form, mustCheckpoint = false } = state
    const named = this.#uids.has(node)
    return { id: this.idOf(node), kind: node.kind, partitions, site: String(node.site), named, form, mustCheckpoint }
  }

  /** Where the streams are declared whose state Spark lets nobody run without a checkpoint directory. */
  get needCheckpoint(): readonly string[] {
    return this.nodes
      .filter((node) => node.state?.mustCheckpoint === true || this.#checkpointIntervals.has(node))
      .map(({ site }) => String(site))
  }

  /** What a user should hear before the first run: state whose name would not survive a change of the code beside it. */
  get warnings(): readonly string[] {
    const { nodes, ids } = this.#view()
    return nodes
      .filter((node) => (node.state ?? node.source) && ids.get(node)?.ambiguous)
      .map(
        (node) =>
          'Give this operator a .uid(): only its place tells it from others of its kind, and its state or position ' +
          `would go to another one if they were reordered: ${node.site} (${this.idOf(node)})`,
      )
  }

  /** Stable id of a node: `.uid()`, or made from its kind and its path from the sources. */
  idOf(node: StreamNode<unknown>): string {
    const id = this.#view().ids.get(node)?.id
    if (id === undefined) throw notInitialised(node)
    return id
  }

  /** Equal for graphs that read the same plans and the same state in the same way. */
  fingerprint(): string {
    // Every batch asks, and nothing of a closed graph changes.
    this.#fingerprint ??= this.#digest()
    return this.#fingerprint
  }

  #digest(): string {
    const { nodes, outputs } = this.#view()
    const shape = nodes.map((node) => [
      this.idOf(node),
      node.kind,
      node.slideDuration.milliseconds,
      node.parents.map((parent) => this.idOf(parent)),
      { ...node.settings },
    ])
    const ends = outputs.map(({ name, node }) => [name, node.kind, this.idOf(node.stream)])
    return digest(canonicalKey([this.batchInterval.milliseconds, shape, ends]))
  }

  /** Makes the graph ready for one batch; nothing is computed yet. */
  openBatch(context: BatchContext): Batch {
    const idOf = (node: StreamNode<unknown>): string => this.idOf(node)
    return new Batch(context, {
      outputs: this.outputs,
      stateful: this.#view().stateful,
      idOf,
      storageLevel: (node) => this.#storageLevels.get(node),
      checkpointInterval: (node) => this.checkpointInterval(node),
    })
  }

  #view(): ClosedGraph {
    this.close()
    return this.#closed as ClosedGraph
  }

  #requireOpen(): void {
    if (this.#closed) throw addedAfter(this.#stopped ? 'stopping' : 'starting')
  }
}

interface ClosedGraph {
  /** Those that outputs need, parents first. */
  readonly nodes: readonly StreamNode<unknown>[]
  /** Of these, those that keep state. */
  readonly stateful: readonly StreamNode<unknown>[]
  readonly ids: ReadonlyMap<StreamNode<unknown>, StreamId>
  readonly outputs: readonly NamedOutput[]
  readonly inputs: readonly GraphInput[]
}

function noOutputs(): SluiceError {
  return invalid('no-output', 'No output operations registered, so nothing to execute')
}

function addedAfter(what: 'starting' | 'stopping'): SluiceError {
  return invalid(
    'graph-closed',
    `Adding new inputs, transformations, and output operations after ${what} a context is not supported`,
  )
}

function otherContext(parent: StreamNode<unknown>, { site }: StreamNode<unknown>): SluiceError {
  return invalid(
    'different-contexts',
    `Some of the DStreams have different contexts; make all of them with one StreamingContext: ${parent.site} (${site})`,
  )
}

function checkpointAfterStart(site: CallSite): SluiceError {
  const message = `Cannot change checkpoint interval of a DStream after streaming context has started: ${site}`
  return invalid('graph-closed', message)
}

function persistAfterStart(site: CallSite): SluiceError {
  const message = `Cannot change storage level of a DStream after streaming context has started: ${site}`
  return invalid('graph-closed', message)
}

function badUid(uid: string): SluiceError {
  return invalid('bad-uid', `A uid is 1 to 100 letters, digits, "_" and "-", and not "__proto__": "${uid}"`)
}

function invalid(code: string, message: string): SluiceError {
  return new SluiceError({ code, kind: 'invalid', message })
}
