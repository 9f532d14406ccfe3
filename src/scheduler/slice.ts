import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodePlan } from '../checkpoint/decode-record.ts'
import { nextBatchTime } from '../checkpoint/grid.ts'
import type { Head } from '../checkpoint/head.ts'
import { notInitialised } from '../dstream/not-initialised.ts'
import type { Slicer } from '../dstream/slicer.ts'
import type { StreamNode } from '../dstream/stream-node.ts'
import { ownElements } from '../rdd/own-element.ts'
import type { RDD } from '../rdd/rdd.ts'
import { sourceRDD } from '../rdd/source-rdd.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import { StateStore } from '../state/state-store.ts'
import { assert } from '../util/assert.ts'
import { Time } from '../util/time.ts'
import { commit } from './commit.ts'
import { placesLeftOut, placesOf } from './dead-letters/bad-places.ts'
import { advanceBatch, type BatchGround, badRecords, openBatch, skipped } from './evaluation.ts'
import { forkRuntime } from './fork.ts'
import type { Invocation } from './invocation.ts'
import { takeLease } from './lease.ts'
import { pastBatch } from './past-batch.ts'
import { type BatchPlan, planBatch } from './plan.ts'
import { restore, restoreAfter } from './restore.ts'
import { openInvocation } from './run-invocation.ts'
import type { Runtime } from './runtime.ts'
import { stage } from './stage.ts'
import { load } from './stored.ts'
import { onlyWhatWasRead, planForGraph } from './stored-streams.ts'

/** What of a stream is asked for: both ends inclusive. */
export interface SliceRange {
  readonly from: Time
  readonly to: Time
}

/** What to attach to the graph that a runtime runs. */
export function slicerOf(runtime: Runtime): Slicer {
  return { slice: (node, from, to) => sliceStream(runtime, node, { from, to }) }
}

/**
 * The datasets of a stream for all its batch times in a range. A committed batch is evaluated again from its own plan and
 * the state before it; one that is still to come is evaluated on a fork of the application, which nobody else sees. No output
 * is carried out. The elements are there when the promise resolves.
 */
async function sliceStream<T>(runtime: Runtime, node: StreamNode<T>, range: SliceRange): Promise<RDD<T>[]> {
  runtime.graph.idOf(node)
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw notInitialised(node)
  const times = sliceTimes(runtime, node, { head, ...range })
  const committed = head.committed?.attempt.batchTime ?? head.zeroTime
  const datasets: (RDD<T> | undefined)[] = []
  for (const time of times) if (time <= committed) datasets.push(await pastDataset(runtime, node, { head, time }))
  const future = times.filter((time) => time > committed)
  if (future.length > 0) datasets.push(...(await futureDatasets(runtime, node, { head, times: future })))
  return datasets.filter((dataset) => dataset !== undefined)
}

/** Valid times in the range, whose ends are floored to the stream's grid. */
function sliceTimes(
  { log, app }: Runtime,
  { slideDuration, site }: StreamNode<unknown>,
  { head, from, to }: SliceRange & { readonly head: Head },
): BatchTime[] {
  const zero = new Time(head.zeroTime)
  const aligned = [from, to].map((time) => {
    if (!time.minus(zero).isMultipleOf(slideDuration)) {
      log.warn('slice-floored', {
        app,
        time: time.milliseconds,
        slide: slideDuration.milliseconds,
        stream: String(site),
      })
    }
    return time.floor(slideDuration, zero)
  })
  const [begin = zero, end = zero] = aligned
  // Nothing is valid before the first slide, however far back somebody asks.
  const first = begin.max(zero.plus(slideDuration))
  return first.to(end, slideDuration).map((time) => time.milliseconds)
}

async function pastDataset<T>(
  runtime: Runtime,
  node: StreamNode<T>,
  { head, time }: { readonly head: Head; readonly time: BatchTime },
): Promise<RDD<T> | undefined> {
  const { manifest, before } = await pastBatch(runtime, head, time)
  const plan = await load(runtime.checkpoint, manifest.plan, decodePlan)
  const { state, changes } = await restoreAfter({ ...runtime, state: new StateStore() }, head, before)
  const { plan: planned } = planForGraph(runtime, onlyWhatWasRead(plan, manifest), changes)
  try {
    const ground: BatchGround = {
      plan: planned,
      zeroTime: head.zeroTime,
      state,
      signal: new AbortController().signal,
      leftOut: await placesLeftOut(runtime, manifest),
    }
    const { batch } = openBatch(runtime, manifest.skipped === undefined ? ground : skipped(ground))
    return await materialized(runtime, await batch.of(node))
  } finally {
    state.abandon()
  }
}

async function futureDatasets<T>(
  runtime: Runtime,
  node: StreamNode<T>,
  { head, times }: { readonly head: Head; readonly times: readonly BatchTime[] },
): Promise<(RDD<T> | undefined)[]> {
  const run = await openFork(runtime, head)
  const datasets: (RDD<T> | undefined)[] = []
  const last = times.at(-1) ?? 0
  for (let time = nextTime(run); time <= last; time = nextTime(run)) {
    const wanted = times.includes(time)
    await forkBatch(run, time, async (ground) => {
      const { batch, inputs } = openBatch(run.runtime, ground)
      if (wanted) datasets.push(await materialized(runtime, await batch.of(node)))
      await advanceBatch(run.runtime, ground, batch)
      return inputs.records()
    })
  }
  return datasets
}

async function openFork(runtime: Runtime, head: Head): Promise<Invocation> {
  const forever = Number.POSITIVE_INFINITY
  const options = { deadlineMs: forever, marginMs: 0, due: 'clock', waitUntilMs: forever } as const
  const run = await openInvocation(forkRuntime(runtime, head), options, new AbortController().signal)
  await takeLease(run)
  return run
}

/** A batch that is planned already will run with this very plan. */
function nextTime({ head: { head } }: Invocation): BatchTime {
  return head.planned?.batchTime ?? nextBatchTime(head)
}

type Records = { readonly [streamUid: string]: number }

/** One batch of a fork, from its plan to its commit, without outputs. */
async function forkBatch(
  run: Invocation,
  batchTime: BatchTime,
  evaluate: (ground: BatchGround) => Promise<Records>,
): Promise<void> {
  const { zeroTime, planned: waiting } = run.head.head
  const base = await restore(run)
  try {
    const planned = await planBatch(
      run,
      base,
      waiting === undefined ? { kind: 'plan', batchTime } : { kind: 'rerun', planned: waiting },
    )
    assert(planned.kind === 'planned', 'nobody fences a fork')
    const { plan } = planned
    const ground: BatchGround = { plan, zeroTime, state: base.state, signal: run.signal }
    const letters = await badRecords(run.runtime, ground)
    const records = await evaluate({ ...ground, leftOut: placesOf(letters) })
    const permit = await stage(run, base, result(run, planned, records))
    await commit(run, permit)
    base.state.settle(permit.attempt)
  } finally {
    base.state.abandon()
  }
}

function result({ runtime: { clock } }: Invocation, planned: BatchPlan, records: Records) {
  const now = clock.now()
  return { planned, outputs: [], records, letters: [], submissionTime: now, processingStartTime: now }
}

/** A dataset that outlives the batch it was made in: its elements, partition by partition. */
async function materialized<T>(runtime: Runtime, rdd: RDD<T> | undefined): Promise<RDD<T> | undefined> {
  if (rdd === undefined) return undefined
  const parts = await rdd.sparkContext.runJob(rdd, (records) => records)
  const { app: appName, conf, defaultParallelism, storage, gunzip, pipeThrough } = runtime
  const options = { appName, conf, defaultParallelism, storage, gunzip, pipeThrough }
  return sourceRDD<T>(new SparkContext(options), {
    partitions: parts.length,
    async *read(partition) {
      yield ownElements(parts[partition] ?? [])
    },
    describe: (partition, index) => `element ${index + 1} of part ${partition} of a slice`,
  })
}
