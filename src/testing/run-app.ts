import { type Application, isApplication } from '../dstream/define-app.ts'
import type { Graph } from '../dstream/graph.ts'
import { createRuntime } from '../scheduler/create-runtime.ts'
import type { Batch } from './batch-source.ts'
import { badTest } from './check-operation.ts'
import { type GivenInputs, givenInputs, openGiven } from './given-sources.ts'
import { MemoryWorld } from './memory-world.ts'
import { type OutputLines, recordedSinks } from './recorded-sinks.ts'
import { type Restarts, runSegments } from './run-segments.ts'

/** What to run an application on, and how. */
export interface RunAppOptions {
  /** The application's parameters, checked against its `params`. */
  readonly params?: unknown
  /**
   * Batches in place of a source, by the stream's uid or by what it reads: a directory, a stream's name, `host:port`.
   * Elements are those of the stream (lines of a text file stream); text and bytes for Kinesis go through `decode`.
   */
  readonly inputs?: GivenInputs
  /** Files that are there from the start, by URL or path, for file streams that are to read them themselves. */
  readonly files?: Readonly<Record<string, string>>
  /** How many to run; by default as many as the longest input has, or, without inputs, until no source has more. */
  readonly batches?: number
  /** Stops after this many batches, throws everything in memory away, recovers from the checkpoint, and goes on. */
  readonly restartAfter?: Restarts
  /** Of the datasets of given inputs; 2 by default. */
  readonly numPartitions?: number
  /** The zero time in milliseconds; 0 by default. A run that goes on from another has its grid. */
  readonly start?: number
  /** An earlier run whose checkpoint, files and clock this one goes on from, perhaps with another version of the application. */
  readonly from?: AppRun
}

/** What a run of an application gave. */
export interface AppRun {
  /** Batches that this run committed. */
  readonly numBatches: number
  /** Batch times of these, milliseconds. */
  readonly times: readonly number[]
  /** Lines that each output made visible, one array a batch; `undefined` for a batch in which it put out nothing. */
  readonly outputs: Readonly<Record<string, readonly (readonly string[] | undefined)[]>>
  /** All that `print` wrote. */
  readonly printed: string
  /** Every file that is there at the end, those of earlier runs too: its URL and its text. */
  readonly files: Readonly<Record<string, string>>
  /** What the next run goes on from. */
  readonly world: MemoryWorld
}

/**
 * Runs a whole application through the real scheduler, in memory and without waiting: sources and files as given, outputs
 * collected. The same run gives the same bytes.
 *
 * @throws SluiceError `batch-failed` when a batch fails, `unknown-input` for inputs that the application has not; of kind
 * `invalid` for parameters and graphs that cannot run.
 * @example
 * ```ts
 * const params = { in: 'lines', out: 'counts' }
 * const run = await runApp(wordCount, { params, inputs: { lines: [['row row'], [], ['row your boat']] } })
 * run.outputs.saveAsTextFiles?.map((lines) => lines?.length) // [1, undefined, 3]
 * run.outputs.saveAsTextFiles?.[0] // ['(row,2)']
 * Object.keys(run.files).includes('counts-60000/_SUCCESS') // true
 * // The same checkpoint, another process, perhaps another version of the application.
 * const next = await runApp(wordCount, { params, inputs: { lines: [['ashore']] }, from: run })
 * next.times // [240000]
 * ```
 */
export async function runApp(app: Application, options: RunAppOptions = {}): Promise<AppRun> {
  if (!isApplication(app)) throw badTest(`runApp takes an application, which is what defineApp returns: ${app}`)
  const { inputs = {}, files = {}, numPartitions = 2, start: zeroTime = 0 } = options
  const world = options.from?.world ?? new MemoryWorld({ startMs: zeroTime })
  world.addFiles(files)
  const recorded = { times: [] as number[], outputs: new Map<string, OutputLines>(), printed: '' }
  const observers = [{ batchCommitted: ({ batchTime }: { batchTime: number }) => void recorded.times.push(batchTime) }]
  const write = (text: string) => {
    recorded.printed += text
  }
  let feed: (graph: Graph) => void = (graph) => {
    world.feed(givenInputs(graph, inputs))
    feed = () => {}
  }
  const process = () => {
    const environment = world.environment({ observers, write })
    const runtime = createRuntime(app, options.params ?? {}, {
      ...environment,
      openSource: (descriptor, uid) => {
        const fed = world.fed.get(uid)
        return fed === undefined ? environment.openSource(descriptor, uid) : openGiven(descriptor, fed, numPartitions)
      },
      openSink: recordedSinks(environment.openSink, world, recorded.outputs),
    })
    feed(runtime.graph)
    return runtime
  }
  const batches = options.batches ?? longest(Object.values(inputs))
  const { graph } = await runSegments({ process, batches, restartAfter: options.restartAfter, zeroTime })
  const { times, printed } = recorded
  const outputs = graph.outputs.map(({ name }) => {
    const lines = recorded.outputs.get(name)
    return [name, times.map((time) => lines?.get(time))] as const
  })
  return {
    numBatches: times.length,
    times,
    outputs: Object.fromEntries(outputs),
    printed,
    files: await world.texts(),
    world,
  }
}

function longest(inputs: readonly (readonly Batch<unknown>[])[]): number | undefined {
  return inputs.length === 0 ? undefined : Math.max(...inputs.map((batches) => batches.length))
}
