import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { Graph } from '../../src/dstream/graph.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { InProcessExecutor } from '../../src/rdd/executor.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { milliseconds, Time } from '../../src/util/time.ts'
import { MemoryState } from './memory-state.ts'

/** Batches of one input stream; `null`: a batch without a dataset. */
export type Batches<T> = readonly (readonly T[] | null)[]

export interface RunOptions {
  /** One per input stream of the graph, in the order of their declaration. */
  readonly inputs: readonly Batches<unknown>[]
  readonly batches?: number
  readonly partitions?: number
  readonly batchMs?: number
  /** Throws away everything but a copy of the state after these batches. */
  readonly restartAfter?: readonly number[]
  readonly concurrency?: number
  readonly signal?: AbortSignal
}

/** What a run gave: batch time and elements of each firing. */
export interface Firing {
  readonly timeMs: number
  readonly elements: unknown[]
  /** Elements by partition. */
  readonly partitions: unknown[][]
}

/** Builds streams over `inputs.length` input streams and collects the result of each batch that has a dataset. */
export async function runStream(
  options: RunOptions,
  operation: (streams: DStream<never>[], ssc: StreamBuilder) => DStream<unknown>,
): Promise<Firing[]> {
  const firings: Firing[] = []
  const build = (ssc: StreamBuilder): void => {
    const streams = options.inputs.map(() => ssc.queueStream<never>([]))
    operation(streams, ssc).foreachRDD(async (rdd, time) => {
      const partitions = (await rdd.glom().collect()) as unknown[][]
      firings.push({ timeMs: time.milliseconds, elements: partitions.flat(1), partitions })
    })
  }
  await runApp(options, build)
  return firings
}

/** Runs an application's batches one after the other, outputs first, then whatever state is left to move on. */
export async function runApp(options: RunOptions, build: (ssc: StreamBuilder) => void): Promise<MemoryState> {
  const { inputs, partitions = 2, batchMs = 1000, restartAfter = [] } = options
  const app = defineApp({ name: 'test', batchInterval: milliseconds(batchMs), defaultParallelism: partitions }, build)
  let graph = buildGraph(app)
  let state = new MemoryState()
  const batches = options.batches ?? Math.max(...inputs.map((input) => input.length))
  for (let index = 0; index < batches; index++) {
    await runBatch(graph, { ...options, state, index, partitions, batchMs })
    if (!restartAfter.includes(index + 1)) continue
    graph = buildGraph(app)
    state = await state.restarted()
  }
  return state
}

async function runBatch(
  graph: Graph,
  at: RunOptions & {
    readonly state: MemoryState
    readonly index: number
    readonly partitions: number
    readonly batchMs: number
  },
): Promise<void> {
  const { inputs, index, partitions, signal = new AbortController().signal } = at
  const sparkContext = new SparkContext({ signal, executor: new InProcessExecutor(at.concurrency) })
  const batch = graph.openBatch({
    batchTime: new Time((index + 1) * at.batchMs),
    zeroTime: new Time(0),
    sparkContext,
    state: at.state,
    clockMs: 0,
    seed: 1,
    signal,
    input(uid) {
      const place = graph.inputs.findIndex((input) => input.uid === uid)
      const elements = inputs[place]?.[index]
      return elements === null ? undefined : sparkContext.parallelize(elements ?? [], partitions)
    },
  })
  for (const output of batch.outputs) {
    const rdd = await output.dataset()
    const { name } = output
    const mark = String(batch.batchTime.milliseconds).padStart(18, '0')
    if (rdd) await output.fn?.(rdd, batch.batchTime, { name, token: () => name, mark, signal })
  }
  await batch.advance()
  at.state.commit(batch.batchTime.milliseconds)
}
