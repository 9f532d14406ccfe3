import { defineApp } from '../dstream/define-app.ts'
import type { DStream } from '../dstream/dstream.ts'
import type { StreamBuilder } from '../dstream/stream-builder.ts'
import type { SourceOpener } from '../ports/source.ts'
import type { Element } from '../rdd/element.ts'
import { collectPartition } from '../rdd/nodes/map-partitions.ts'
import { createRuntime, type Environment } from '../scheduler/create-runtime.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { slicerOf } from '../scheduler/slice.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { type Duration, seconds, type Time } from '../util/time.ts'
import { type Batch, BatchSource, type BatchSourceOptions } from './batch-source.ts'
import { checkedStream, checkOperation } from './check-operation.ts'
import { MemoryWorld } from './memory-world.ts'
import { type Restarts, runSegments } from './run-segments.ts'

/** What to run an operation on, and how. */
export interface OperationOptions<A, B, C, R> {
  /** One array a batch; empty datasets when there are no more. */
  readonly inputs: readonly Batch<A>[]
  /** Of a second stream. */
  readonly inputs2?: readonly Batch<B>[]
  /** Of a third stream. */
  readonly inputs3?: readonly Batch<C>[]
  readonly operation: (stream: DStream<A>, stream2: DStream<B>, stream3: DStream<C>) => DStream<R>
  /** `seconds(1)` by default. */
  readonly batchInterval?: Duration
  /** Of the inputs' datasets; 2 by default. */
  readonly numPartitions?: number
  /** Of keyed operators that nobody gave a number; as many as the inputs have by default. */
  readonly defaultParallelism?: number
  /** As many as the longest input has by default. */
  readonly numBatches?: number
  /** Stops after this many batches, throws everything in memory away, recovers from the checkpoint, and goes on. */
  readonly restartAfter?: Restarts
}

export const OPERATION_FORM: OptionsForm<OperationOptions<never, never, never, never>> = {
  example: "{ inputs: [['a', 'b'], ['c']], operation: (words) => words.count() }",
  names: {
    inputs: true,
    inputs2: true,
    inputs3: true,
    operation: true,
    batchInterval: true,
    numPartitions: true,
    defaultParallelism: true,
    numBatches: true,
    restartAfter: true,
  },
}

/** A dataset that the operation's stream had. */
export interface Firing<R> {
  /** Batch time, milliseconds from the start. */
  readonly timeMs: number
  readonly elements: readonly R[]
  readonly partitions: readonly (readonly R[])[]
}

/** What came out of an operation. */
export interface OperationRun<R> {
  /** Batches that were committed. */
  readonly numBatches: number
  /** One per batch: its elements; `undefined` for a batch in which the stream had no dataset. */
  readonly batches: readonly (R[] | undefined)[]
  /** One per batch, milliseconds from the start. */
  readonly times: readonly number[]
  /** The batches that had a dataset. */
  readonly firings: readonly Firing<R>[]
  /** What ended the run before its time: a graph that is refused, or a batch that failed. */
  readonly error?: unknown
  /** The elements of the stream's datasets from one batch time to another, both included: `DStream.slice`. */
  slice(from: Time, to: Time): Promise<R[][]>
}

const KIND = 'batches'

/**
 * Runs an operation on given batches through the real scheduler, with a manual clock that begins at 0 and everything in
 * memory, and tells all that came out. Never rejects for what the operation does: see `error`; options of the wrong shape
 * are refused with code `bad-test`, those that there are none of with `bad-option`.
 *
 * @example
 * ```ts
 * const run = await runOperation({
 *   inputs: [['a'], ['b', 'c'], ['d']],
 *   operation: (s) => s.window(seconds(2), seconds(2)).count(),
 * })
 * run.batches // [undefined, [3], undefined]
 * run.firings.map(({ timeMs }) => timeMs) // [2000]
 * ```
 */
export async function runOperation<R, A extends Element = never, B extends Element = never, C extends Element = never>(
  options: OperationOptions<A, B, C, R>,
): Promise<OperationRun<R>> {
  optionObject<object>(options, 'runOperation', OPERATION_FORM)
  return operationRun(options)
}

/** As `runOperation`, of options that are known to be some. */
export async function operationRun<R, A extends Element = never, B extends Element = never, C extends Element = never>(
  options: OperationOptions<A, B, C, R>,
): Promise<OperationRun<R>> {
  checkOperation(options)
  const { batchInterval = seconds(1) } = options
  const world = new MemoryWorld()
  const times: number[] = []
  const fired = new Map<number, Firing<R>>()
  const observers = [{ batchCommitted: ({ batchTime }: { batchTime: number }) => void times.push(batchTime) }]
  const current: { runtime?: Runtime; stream?: DStream<R> } = {}
  const app = defineApp(settings(options, batchInterval), (ssc) => {
    current.stream = checkedStream(declare(ssc, options))
    current.stream.foreachRDD(async (rdd, time) => {
      const { node, sparkContext } = rdd
      const partitions = await sparkContext.run({ node, task: (at, task) => collectPartition(node, at, task) })
      fired.set(time.milliseconds, { timeMs: time.milliseconds, elements: partitions.flat(1) as R[], partitions })
    })
  })
  const process = () => {
    current.runtime = createRuntime(app, {}, withBatches(world.environment({ observers })))
    return current.runtime
  }
  let failure: { readonly error?: unknown } = {}
  try {
    const { restartAfter } = options
    await runSegments({ process, batches: batchCount(options), restartAfter, zeroTime: 0, done: () => times.length })
  } catch (error) {
    failure = { error }
  }
  // A batch that failed after its output was computed has put out nothing.
  const batches = times.map((time) => fired.get(time)?.elements as R[] | undefined)
  const firings = times.map((time) => fired.get(time)).filter((firing) => firing !== undefined)
  return {
    numBatches: times.length,
    batches,
    times,
    firings,
    ...failure,
    slice: (from, to) => sliceOf(current, from, to),
  }
}

function settings({ numPartitions = 2, defaultParallelism = numPartitions }: Sizes, batchInterval: Duration) {
  return { name: 'test-operation', batchInterval, defaultParallelism }
}

type Sizes = { readonly numPartitions?: number; readonly defaultParallelism?: number }

function declare<A, B, C, R>(ssc: StreamBuilder, options: OperationOptions<A, B, C, R>): DStream<R> {
  const { inputs, inputs2 = [], inputs3 = [], numPartitions: partitions = 2 } = options
  const stream = <T>(batches: readonly Batch<T>[], uid: string): DStream<T> => {
    const given: BatchSourceOptions = { batches, partitions }
    return ssc.inputStream<T>({ kind: KIND, options: { ...given } }).uid(uid)
  }
  return options.operation(stream(inputs, 'input'), stream(inputs2, 'input2'), stream(inputs3, 'input3'))
}

function withBatches(environment: Environment): Environment {
  const openSource: SourceOpener = (descriptor, uid, surroundings) =>
    descriptor.kind === KIND
      ? new BatchSource(descriptor.options as unknown as BatchSourceOptions)
      : environment.openSource(descriptor, uid, surroundings)
  return { ...environment, openSource }
}

function batchCount<A, B, C, R>({
  inputs,
  inputs2 = [],
  inputs3 = [],
  numBatches,
}: OperationOptions<A, B, C, R>): number {
  return numBatches ?? Math.max(inputs.length, inputs2.length, inputs3.length)
}

interface Current<R> {
  readonly runtime?: Runtime
  readonly stream?: DStream<R>
}

async function sliceOf<R>({ runtime, stream }: Current<R>, from: Time, to: Time): Promise<R[][]> {
  if (runtime === undefined || stream === undefined)
    throw new Error('the operation was refused, so there are no batches')
  runtime.graph.slicer = slicerOf(runtime)
  const datasets = await stream.slice(from, to)
  return Promise.all(datasets.map((dataset) => dataset.collect()))
}
