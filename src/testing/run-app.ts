import { nextOnGrid } from '../checkpoint/grid.ts'
import { type Application, isApplication } from '../dstream/define-app.ts'
import type { Graph } from '../dstream/graph.ts'
import { createRuntime } from '../scheduler/create-runtime.ts'
import { isRetryable } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import type { Batch } from './batch-source.ts'
import { badTest } from './check-operation.ts'
import { type FaultAt, FaultyIO } from './faulty-io.ts'
import { type ForeachCall, foreachCalls } from './foreach-calls.ts'
import { type GivenInputs, givenInputs, openGiven } from './given-sources.ts'
import { type Contents, fileTexts, MemoryWorld, type ProcessOptions } from './memory-world.ts'
import { linesOf, type Published, recordedSinks } from './recorded-sinks.ts'
import { type Restarts, runSegments, type SegmentOptions } from './run-segments.ts'

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
  /** What goes wrong with calls of the register and of stores, by their number over the whole run; processes that die are followed by others. */
  readonly faults?: FaultAt
  /** An earlier run whose checkpoint, files and clock this one goes on from, perhaps with another version of the application. */
  readonly from?: AppRun
}

const FORM: OptionsForm<RunAppOptions> = {
  example: "{ inputs: { lines: [['row row'], ['row']] } }",
  names: {
    params: true,
    inputs: true,
    files: true,
    batches: true,
    restartAfter: true,
    numPartitions: true,
    start: true,
    faults: true,
    from: true,
  },
}

/** What a run of an application gave. */
export interface AppRun {
  /** Batches that this run committed. */
  readonly numBatches: number
  /** Batch times of these, milliseconds. */
  readonly times: readonly number[]
  /** Lines that each output made visible, one array a batch; `undefined` for a batch in which it put out nothing. */
  readonly outputs: Readonly<Record<string, readonly (readonly string[] | undefined)[]>>
  /** What each `foreachRDD` function was called with, by the name of its output. */
  readonly calls: Readonly<Record<string, readonly ForeachCall[]>>
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
  const { files = {}, start: zeroTime = 0, restartAfter } = optionObject(options, 'runApp', FORM)
  const world = options.from?.world ?? new MemoryWorld({ startMs: zeroTime })
  world.addFiles(files)
  const recorded: Recorded = { published: new Map(), calls: new Map(), printed: '' }
  const committed = await committedSince(world, app, zeroTime)
  const done = async () => (await committed()).length
  const { process, another } = processes(app, { world, recorded, options })
  const batches = options.batches ?? longest(Object.values(options.inputs ?? {}))
  const { graph } = await runSegments({ process, batches, restartAfter, zeroTime, done, another })
  const contents = world.contents()
  const told = shown(recorded, graph, { times: await committed(), contents })
  return { ...told, files: fileTexts(contents), world }
}

interface Recorded {
  readonly published: Map<string, Published>
  readonly calls: Map<string, ForeachCall[]>
  printed: string
}

interface Run {
  readonly world: MemoryWorld
  readonly recorded: Recorded
  readonly options: RunAppOptions
}

/** Processes that run the application, one after the other, and whether another one may fare better than the last. */
function processes(app: Application, { world, recorded, options }: Run): Pick<SegmentOptions, 'process' | 'another'> {
  const { params = {}, inputs = {}, numPartitions = 2, faults } = options
  let calls = 0
  let io: FaultyIO | undefined
  let feed: (graph: Graph) => void = (graph) => {
    world.feed(givenInputs(graph, inputs))
    feed = () => {}
  }
  const process = () => {
    io = faults && new FaultyIO((_, name) => faults(calls++, name))
    const environment = world.environment({ ...observing(recorded), io })
    const runtime = createRuntime(app, params, {
      ...environment,
      openSource: (descriptor, uid) => {
        const fed = world.fed.get(uid)
        return fed === undefined ? environment.openSource(descriptor, uid) : openGiven(descriptor, fed, numPartitions)
      },
      openSink: recordedSinks(environment.openSink, recorded.published),
    })
    feed(runtime.graph)
    return runtime
  }
  return { process, another: (error) => io !== undefined && (io.crashed || isRetryable(error)) }
}

function observing(recorded: Recorded): Pick<ProcessOptions, 'observers' | 'write'> {
  return {
    observers: [foreachCalls(recorded.calls)],
    write: (text) => {
      recorded.printed += text
    },
  }
}

/**
 * The times of the batches that are committed from now on: all of the grid up to the last one. The head knows; whoever
 * committed a batch may not have lived to tell.
 */
async function committedSince(world: MemoryWorld, { name }: Application, zeroTime: number) {
  const before = (await world.register.read(name))?.committed?.attempt.batchTime ?? zeroTime
  return async (): Promise<readonly number[]> => {
    const head = await world.register.read(name)
    const last = head?.committed?.attempt.batchTime ?? before
    const times: number[] = []
    for (let time = before; head !== undefined && time < last; times.push(time)) {
      time = nextOnGrid(head.zeroTime, head.batchIntervalMs, time)
    }
    return times
  }
}

function shown(
  { published, calls, printed }: Recorded,
  graph: Graph,
  { times, contents }: { readonly times: readonly number[]; readonly contents: Contents },
): Omit<AppRun, 'files' | 'world'> {
  const sinks = graph.outputs.filter(({ node }) => node.sink !== undefined)
  const lines = sinks.map(({ name }) => {
    const made = times.map((time) => published.get(name)?.get(time))
    return [name, made.map((staged) => staged && linesOf(staged, contents))] as const
  })
  const functions = graph.outputs.filter(({ node }) => node.fn !== undefined)
  return {
    numBatches: times.length,
    times,
    outputs: Object.fromEntries(lines),
    calls: Object.fromEntries(functions.map(({ name }) => [name, calls.get(name) ?? []])),
    printed,
  }
}

function longest(inputs: readonly (readonly Batch<unknown>[])[]): number | undefined {
  return inputs.length === 0 ? undefined : Math.max(...inputs.map((batches) => batches.length))
}
