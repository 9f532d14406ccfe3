import { runRuntime } from '../../src/local/run-application.ts'
import type { BatchObserver } from '../../src/scheduler/batch-report.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import application from '../flights.ts'
import { readAirportTotals } from './airport-totals.ts'
import { batchSummary } from './batch-summary.ts'
import { CallsByBatch } from './calls.ts'
import { createResources, STREAM } from './cloud-resources.ts'
import { type DemoCloud, openDemoCloud } from './demo-cloud.ts'
import { openHttp, openRuntime } from './deployed.ts'
import { conclusion, goodbye, introduction } from './explanation.ts'
import { feed, flightsToPut } from './feeder.ts'
import { type Flight, readAirports, readFlights } from './flight-data.ts'
import { committedBefore, Progress } from './progress.ts'
import type { Screen } from './screen.ts'

export interface DemoOptions {
  /** Everything is kept here. */
  readonly directory: string
  readonly screen: Screen
  /** Stops in order: the batch under way is finished. */
  readonly stop: AbortSignal
  /** Forgets what is there. */
  readonly fresh?: boolean
  /** Days of flights in each batch interval; 1 by default. */
  readonly speed?: number
  /** Ends after so many more committed batches. */
  readonly batches?: number
  /** How much faster than the day's the demonstration's own time passes; for tests. */
  readonly clockRate?: number
  /** Only so many of the flights; for tests. */
  readonly mostFlights?: number
}

const DAY_MS = 24 * 60 * 60_000
const INTERVAL_MS = application.batchInterval.milliseconds
const STATUS_EVERY_MS = 200

/**
 * Replays flights into the embedded cloud and runs the application on them, batch by batch at their times, until all are
 * processed or it is told to stop. Opened on the same directory again, it goes on where it was.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { directory, screen, fresh = false, clockRate = 1 } = options
  const cloud = await openDemoCloud({ directory, fresh, batchIntervalMs: INTERVAL_MS, clockRate })
  try {
    await createResources(cloud.clients, await readAirports())
    await showFlights(cloud, options)
  } finally {
    screen.status('')
    await cloud.close()
  }
}

/** The demonstration under way. */
interface Demo {
  readonly cloud: DemoCloud
  readonly runtime: Runtime
  /** Those that are not in the stream yet. */
  readonly flights: readonly Flight[]
  readonly progress: Progress
}

async function showFlights(cloud: DemoCloud, options: DemoOptions): Promise<void> {
  const { screen, directory, speed = 1, mostFlights } = options
  const all = (await readFlights()).slice(0, mostFlights)
  const flights = await flightsToPut({ kinesis: cloud.clients.kinesis, stream: STREAM }, all)
  const runtime = openRuntime(cloud, screen)
  const http = await openHttp(cloud, screen)
  try {
    const before = await committedBefore(runtime)
    const { endpoints } = cloud.cloud
    screen.print(introduction({ flights: all.length, speed, directory, endpoints, http, before: before.batches }))
    const demo = { cloud, runtime, flights, progress: new Progress(all.length, all.length - flights.length, before) }
    await replay(demo, options)
    screen.status('')
    screen.print(demo.progress.done ? await result(demo) : goodbye(demo.progress))
  } finally {
    await closeSources(runtime)
    await http.close()
  }
}

/** Feeds and runs at once, until there is nothing left, there were batches enough, or one of the two fails. */
async function replay({ cloud, runtime, flights, progress }: Demo, options: DemoOptions): Promise<void> {
  const { screen, speed = 1 } = options
  const over = new AbortController()
  const stop = AbortSignal.any([options.stop, over.signal])
  const calls = new CallsByBatch(cloud.cloud.calls)
  const observer: BatchObserver = {
    batchCommitted({ attempt }, manifest) {
      progress.committed(manifest.stats.records.flights ?? 0)
      if (progress.done) over.abort()
      screen.print(`${batchSummary({ manifest, attempt, calls: calls.take(), progress })}\n`)
    },
  }
  const batches = progress.done ? 0 : options.batches
  const feeding = {
    kinesis: cloud.clients.kinesis,
    stream: STREAM,
    clock: cloud.clock,
    speed: (speed * DAY_MS) / INTERVAL_MS,
    signal: stop,
    onPut: (count: number, last: Flight) => progress.put(count, last),
  }
  const status = setInterval(() => screen.status(progress.line()), STATUS_EVERY_MS)
  const [run, fed] = await Promise.allSettled([
    runRuntime({ ...runtime, observers: [observer] }, { stop, ...(batches === undefined ? {} : { batches }) }).finally(
      () => over.abort(),
    ),
    feed(flights, feeding).catch((error: unknown) => {
      over.abort()
      throw error
    }),
  ])
  clearInterval(status)
  if (fed.status === 'rejected') throw fed.reason
  if (run.status === 'rejected') throw run.reason
}

/** What the last batch published. */
async function result({ cloud, runtime, progress }: Demo): Promise<string> {
  const head = await runtime.register.read(runtime.app)
  const { value: last } = head === undefined ? {} : await manifests(runtime.checkpoint, head).next()
  return conclusion(progress, last === undefined ? [] : await readAirportTotals(cloud.clients.s3, last))
}
