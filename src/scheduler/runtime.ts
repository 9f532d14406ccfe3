import type { AppId, Attempt } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Retention } from '../checkpoint/retention.ts'
import type { Graph } from '../dstream/graph.ts'
import type { UpgradeOptions } from '../dstream/upgrade-options.ts'
import type { Clock } from '../ports/clock.ts'
import type { HeadRegister } from '../ports/head-register.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { ObjectStore, Storage } from '../ports/object-store.ts'
import type { ReceiverEvent } from '../ports/receiver-event.ts'
import type { SinkOpener } from '../ports/sink.ts'
import type { SettingsReader, Source, SourceOpener } from '../ports/source.ts'
import type { Gunzip } from '../rdd/formats/gunzip.ts'
import type { Properties } from '../rdd/local-properties.ts'
import type { PipeThrough } from '../rdd/nodes/pipe.ts'
import type { SparkConf } from '../rdd/spark-conf.ts'
import type { StateStore } from '../state/state-store.ts'
import { allDone } from '../util/all-done.ts'
import type { BatchObserver } from './batch-report.ts'

/**
 * One application in one process, with everything it needs from outside. Made once by whoever runs it (local, aws,
 * testing) and kept while the process is warm.
 */
export interface Runtime {
  readonly app: AppId
  readonly graph: Graph
  readonly batchIntervalMs: number
  /** Partitions of keyed operations that nobody gave a number. */
  readonly defaultParallelism: number | undefined
  /** Which batches' records stay, and how often the rest is collected. */
  readonly retention: Retention
  /** What to make of stored state that the graph cannot simply go on from. */
  readonly upgrade?: UpgradeOptions | undefined
  readonly clock: Clock
  readonly register: HeadRegister
  /** Where plans, state, manifests and staged outputs lie. */
  readonly checkpoint: ObjectStore
  readonly openSource: SourceOpener
  readonly openSink: SinkOpener
  /** Opens the files that functions read and write by a batch's `sparkContext`; without it, they cannot. */
  readonly storage?: Storage | undefined
  readonly gunzip?: Gunzip | undefined
  readonly pipeThrough?: PipeThrough | undefined
  /** The application's own settings. */
  readonly conf?: SparkConf | undefined
  /** What jobs of batches are known by from the start. */
  readonly localProperties?: Properties | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly observers: readonly BatchObserver[]
  readonly state: StateStore
  readonly memoryBytes: number
  /** Draws what nobody else draws: an invocation's owner name, a replay's shadow. */
  readonly uniqueId: () => string
  /** Whether the process that took this lease is known to be dead. Never a matter of safety. */
  readonly leaseAbandoned: (owner: string) => boolean
  readonly warm: Warm
  readonly settings?: SettingsReader | undefined
  /** Hears what becomes of receivers. */
  readonly receiverEvent?: ((event: ReceiverEvent) => void) | undefined
  /** Called around each evaluation of a batch. */
  readonly around: <R>(evaluate: () => Promise<R>) => Promise<R>
}

/**
 * What a process remembers between invocations. Nothing here is trusted: a stale head fails its compare-and-set, an open
 * source holds no position, and a publish is only called done by the process that did it.
 */
export interface Warm {
  head?: Head
  published?: Attempt
  /** Listeners have been told that the application runs here. */
  started?: boolean
  /** Of the last batch that this process committed or loaded: one that is too large for the head need not be read again. */
  manifest?: Manifest
  readonly sources: Map<string, Source>
}

/** The open source of an input stream; opened once a process. */
export function sourceOf(runtime: Runtime, streamUid: string): Source {
  const open = runtime.warm.sources.get(streamUid)
  if (open !== undefined) return open
  const { app, checkpoint, clock, log, settings, receiverEvent } = runtime
  const { descriptor, streamId } = runtime.graph.input(streamUid)
  // Begins with the time, so that what came in earlier is read earlier.
  const session = `${String(Math.max(0, clock.now())).padStart(15, '0')}-${runtime.uniqueId()}`
  const surroundings = { app, streamId, session, checkpoint, clock, log, settings, receiverEvent }
  const source = runtime.openSource(descriptor, streamUid, surroundings)
  runtime.warm.sources.set(streamUid, source)
  return source
}

/** Ends what a process kept open. The next use opens it again. */
export async function closeSources(runtime: Runtime): Promise<void> {
  const sources = [...runtime.warm.sources.values()]
  runtime.warm.sources.clear()
  await allDone(sources.map(async (source) => source.close()))
}
