import type { SinkDescriptor } from '../ports/sink.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { SparkContext } from '../rdd/spark-context.ts'
import { StorageLevel } from '../rdd/storage-level.ts'
import type { KeyedState, StateTable, TableToWalk } from '../state/keyed-state.ts'
import { assert } from '../util/assert.ts'
import { type Awaitable, andThen } from '../util/awaitable.ts'
import type { Duration, Time } from '../util/time.ts'
import type { ForeachFunction, OutputNode } from './output-node.ts'
import { type BatchRun, isTimeValid, type StreamNode } from './stream-node.ts'

/** What running a batch takes. */
export interface BatchContext {
  readonly batchTime: Time
  readonly zeroTime: Time
  /** Of this batch alone. */
  readonly sparkContext: SparkContext
  readonly state: KeyedState
  readonly clockMs: number
  readonly seed: number
  /** By default not. */
  readonly givenUp?: boolean
  readonly signal: AbortSignal
  /** What an input stream reads in this batch; `undefined`: it has no dataset. */
  input(streamUid: string): RDD<unknown> | undefined
}

/** One output operation of a batch. */
export interface BatchOutput {
  readonly name: string
  readonly kind: string
  /** Where it was registered, for messages: `print at word-count.ts:20`. */
  readonly description: string
  /** For outputs that a sink carries out. */
  readonly descriptor?: SinkDescriptor
  /** For `foreachRDD`. */
  readonly fn?: ForeachFunction<unknown>
  /** The dataset to put out; `undefined` when the stream has none at this batch time: then there is nothing to do. */
  dataset(): Awaitable<RDD<unknown> | undefined>
}

/** What a graph hands to a batch. */
export interface BatchPlan {
  readonly outputs: readonly { readonly name: string; readonly node: OutputNode }[]
  /** Parents before children. */
  readonly stateful: readonly StreamNode<unknown>[]
  idOf(node: StreamNode<unknown>): string
  checkpointInterval(node: StreamNode<unknown>): Duration | undefined
  /** How a stream's datasets are kept while the batch lasts; `undefined`: they are not. */
  storageLevel(node: StreamNode<unknown>): StorageLevel | undefined
}

/** One batch of a graph: each stream's dataset is made at most once, each state moves on exactly once. */
export class Batch implements BatchRun {
  readonly outputs: readonly BatchOutput[]
  readonly batchTime: Time
  readonly zeroTime: Time
  readonly sparkContext: SparkContext
  readonly clockMs: number
  readonly seed: number
  readonly givenUp: boolean
  readonly signal: AbortSignal
  readonly #context: BatchContext
  readonly #plan: BatchPlan
  readonly #datasets = new Map<StreamNode<unknown>, Awaitable<RDD<unknown> | undefined>>()
  readonly #persisted: RDD<unknown>[] = []
  readonly #advanced = new Map<StreamNode<unknown>, Promise<void>>()

  constructor(context: BatchContext, plan: BatchPlan) {
    this.batchTime = context.batchTime
    this.zeroTime = context.zeroTime
    this.sparkContext = context.sparkContext
    this.clockMs = context.clockMs
    this.seed = context.seed
    this.givenUp = context.givenUp === true
    this.signal = context.signal
    this.#context = context
    this.#plan = plan
    this.outputs = plan.outputs.map(({ name, node }) => this.#output(name, node))
  }

  /** Moves every state on that no output has moved on: to be called in each batch, after the outputs. */
  async advance(): Promise<void> {
    for (const node of this.#plan.stateful) await this.advanced(node)
    for (const dataset of this.#persisted.splice(0)) dataset.unpersist()
  }

  of<T>(node: StreamNode<T>): Awaitable<RDD<T> | undefined> {
    if (this.#datasets.has(node)) return this.#datasets.get(node) as Awaitable<RDD<T> | undefined>
    const computed = this.#isValid(node.slideDuration) ? node.compute(this) : undefined
    const dataset = andThen(computed, (dataset) => this.#kept(node, dataset))
    this.#datasets.set(node, dataset)
    return dataset
  }

  #kept<T>(node: StreamNode<T>, dataset: RDD<T> | undefined): RDD<T> | undefined {
    const level = this.#plan.storageLevel(node)
    // A function of `transform` may return what another stream has persisted already.
    if (dataset === undefined || level === undefined || dataset.getStorageLevel() !== StorageLevel.NONE) return dataset
    this.#persisted.push(dataset as RDD<unknown>)
    return dataset.persist(level)
  }

  advanced(node: StreamNode<unknown>): Promise<void> {
    const { state } = node
    assert(state, `${node.kind} keeps no state`)
    let done = this.#advanced.get(node)
    if (!done) {
      done = this.#isValid(state.every) ? state.advance(this) : Promise.resolve()
      this.#advanced.set(node, done)
    }
    return done
  }

  table<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<StateTable<K, V>> {
    assert(node.state, `${node.kind} keeps no state`)
    return this.#context.state.table(this.#tableId(node, name), partition, node.state.partitions)
  }

  tableOfKeys<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<StateTable<K, V>> {
    assert(node.state, `${node.kind} keeps no state`)
    return this.#context.state.tableOfKeys(this.#tableId(node, name), partition, node.state.partitions)
  }

  tableToWalk<K, V>(node: StreamNode<unknown>, name: string, partition: number): Promise<TableToWalk<K, V>> {
    assert(node.state, `${node.kind} keeps no state`)
    return this.#context.state.tableToWalk(this.#tableId(node, name), partition, node.state.partitions)
  }

  single<V>(node: StreamNode<unknown>, name: string): Promise<StateTable<string, V>> {
    return this.#context.state.table(this.#tableId(node, name), 0, 1)
  }

  input(node: StreamNode<unknown>): RDD<unknown> | undefined {
    return this.#context.input(this.#plan.idOf(node))
  }

  checkpointInterval(node: StreamNode<unknown>): Duration | undefined {
    return this.#plan.checkpointInterval(node)
  }

  #tableId(node: StreamNode<unknown>, name: string): string {
    return name === '' ? this.#plan.idOf(node) : `${this.#plan.idOf(node)}.${name}`
  }

  #isValid(slide: StreamNode<unknown>['slideDuration']): boolean {
    return isTimeValid(this.batchTime, this.zeroTime, slide)
  }

  #output(name: string, { kind, site, stream, sink, fn }: OutputNode): BatchOutput {
    return {
      name,
      kind,
      description: String(site),
      ...(sink ? { descriptor: sink } : {}),
      ...(fn ? { fn } : {}),
      dataset: () => this.of(stream),
    }
  }
}
