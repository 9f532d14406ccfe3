import { checkAppId } from '../checkpoint/names.ts'
import { DEFAULT_RETENTION, type Retention } from '../checkpoint/retention.ts'
import { type Application, type ApplicationSettings, buildGraph, confOf } from '../dstream/define-app.ts'
import type { Graph } from '../dstream/graph.ts'
import type { RetainOptions } from '../dstream/retain-options.ts'
import type { Clock } from '../ports/clock.ts'
import type { HeadRegister } from '../ports/head-register.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { ObjectStore, Storage } from '../ports/object-store.ts'
import type { ReceiverEvent } from '../ports/receiver-event.ts'
import type { SinkOpener } from '../ports/sink.ts'
import type { SettingsReader, SourceOpener } from '../ports/source.ts'
import type { Gunzip } from '../rdd/formats/gunzip.ts'
import type { Properties } from '../rdd/local-properties.ts'
import type { PipeThrough } from '../rdd/nodes/pipe.ts'
import { settingsWithoutEffect } from '../rdd/settings-without-effect.ts'
import { StateStore } from '../state/state-store.ts'
import { SluiceError } from '../util/errors.ts'
import type { BatchObserver } from './batch-report.ts'
import type { Runtime } from './runtime.ts'
import { refuseSharedPlaces } from './shared-places.ts'
import { slicerOf } from './slice.ts'
import { refuseReusedNames } from './upgrade.ts'

/** What differs between a laptop, the cloud, a test and the simulator. */
export interface Environment {
  readonly clock: Clock
  readonly register: HeadRegister
  readonly checkpoint: ObjectStore
  readonly openSource: SourceOpener
  readonly openSink: SinkOpener
  /** Opens the files that functions read and write by a batch's `sparkContext`; without it, they cannot. */
  readonly storage?: Storage | undefined
  readonly gunzip?: Gunzip | undefined
  /** What `rdd.pipe` starts processes with; without it, that is refused. */
  readonly pipeThrough?: PipeThrough | undefined
  /** What jobs of batches are known by from the start. */
  readonly localProperties?: Properties | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly observers?: readonly BatchObserver[]
  /** Of this process, for bounding plans. */
  readonly memoryBytes: number
  readonly uniqueId?: () => string
  readonly leaseAbandoned?: (owner: string) => boolean
  readonly settings?: SettingsReader | undefined
  /** Hears what becomes of receivers. */
  readonly receiverEvent?: ((event: ReceiverEvent) => void) | undefined
  /** Called around each evaluation of a batch, for whoever must know that one of its functions calls back. */
  readonly around?: (<R>(evaluate: () => Promise<R>) => Promise<R>) | undefined
}

/**
 * Builds an application's graph with its parameters and joins it to an environment. Nothing is called yet.
 * Rejects bad parameters and graphs that cannot run with a `SluiceError` of kind `invalid`.
 */
export function createRuntime(app: Application, params: unknown, environment: Environment): Runtime {
  return runtimeOf(buildGraph(app, params, environment), app, environment)
}

/** Joins a graph that has been declared to an environment, under a name. Refuses one that cannot run. */
export function runtimeOf(
  graph: Graph,
  { name, defaultParallelism, conf, retain, upgrade }: Omit<ApplicationSettings, 'batchInterval'>,
  environment: Environment,
): Runtime {
  graph.validate()
  refuseReusedNames(graph, upgrade, name)
  graph.listeners.logTo(environment.log)
  const runtime: Runtime = {
    settings: confOf({ conf }),
    conf: confOf({ conf }),
    observers: [],
    uniqueId: () => crypto.randomUUID(),
    leaseAbandoned: () => false,
    ...environment,
    openSink: openedSinks(graph, environment.openSink),
    around: environment.around ?? ((evaluate) => evaluate()),
    app: checkAppId(name),
    graph,
    batchIntervalMs: graph.batchInterval.milliseconds,
    defaultParallelism,
    retention: retentionOf(graph, retain),
    upgrade,
    state: new StateStore(),
    warm: { sources: new Map() },
    receiverEvent: (event) => {
      const { kind, receiverInfo } = event
      graph.listeners.post(RECEIVER_EVENTS[kind], { receiverInfo })
      environment.receiverEvent?.(event)
    },
  }
  for (const idle of settingsWithoutEffect(confOf({ conf })))
    runtime.log.warn('setting-without-effect', { app: name, ...idle })
  graph.slicer = slicerOf(runtime)
  return runtime
}

/**
 * Opens the graph's sinks once for all batches. Opening makes no call: a place that nothing here opens is refused now, not by the
 * first batch.
 */
function openedSinks({ outputs }: Graph, open: SinkOpener): SinkOpener {
  const sinks = outputs.flatMap(({ name, node }) =>
    node.sink ? [{ name, of: node.sink, sink: open(node.sink, name) }] : [],
  )
  refuseSharedPlaces(sinks)
  const opened = new Map(sinks.map((one) => [one.name, one]))
  return (descriptor, output) => {
    const known = opened.get(output)
    return known?.of === descriptor ? known.sink : open(descriptor, output)
  }
}

/** What `ssc.remember` asks for stays, however little else does. */
function retentionOf(
  { rememberDuration, batchInterval }: Graph,
  { batches, age, most, every }: RetainOptions = {},
): Retention {
  const rememberMs = rememberDuration?.milliseconds ?? 0
  const remembered = Math.ceil(rememberMs / batchInterval.milliseconds)
  if (most !== undefined && most < remembered) throw remembersMore(rememberMs, { remembered, most })
  const atMost = most ?? Math.max(DEFAULT_RETENTION.most, remembered)
  return {
    batches: batches ?? Math.min(DEFAULT_RETENTION.batches, atMost),
    ageMs: Math.max(age?.milliseconds ?? DEFAULT_RETENTION.ageMs, rememberMs),
    most: atMost,
    everyMs: every?.milliseconds ?? DEFAULT_RETENTION.everyMs,
  }
}

function remembersMore(
  rememberMs: number,
  { remembered, most }: { readonly remembered: number; readonly most: number },
): SluiceError {
  return new SluiceError({
    code: 'bad-application',
    kind: 'invalid',
    message: `remember(${rememberMs} ms) takes ${remembered} batches, and retain never keeps more than most of them; raise most, or remember less: most ${most}`,
  })
}

const RECEIVER_EVENTS = {
  started: 'onReceiverStarted',
  error: 'onReceiverError',
  stopped: 'onReceiverStopped',
} as const
