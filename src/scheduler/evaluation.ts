import type { Attempt } from '../checkpoint/attempt.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { Batch, BatchContext } from '../dstream/batch.ts'
import { badRecordQuota } from '../dstream/sources/bad-records.ts'
import type { Staging } from '../ports/sink.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import type { StateRun } from '../state/state-run.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { ownValue } from '../util/own-value.ts'
import { Time } from '../util/time.ts'
import type { BatchProgress } from './batch-progress.ts'
import type { BadPlaces } from './dead-letters/bad-places.ts'
import type { DeadLetter } from './dead-letters/dead-letter.ts'
import { screen } from './dead-letters/screen.ts'
import type { OutputPlaces } from './output-places.ts'
import { type PlannedInputs, plannedInputs } from './planned-inputs.ts'
import type { Runtime } from './runtime.ts'

/** What it takes to make the datasets of one planned batch: to run it, to replay it, or to look at one of its streams. */
export interface BatchGround {
  readonly plan: Plan
  readonly zeroTime: number
  readonly state: StateRun
  readonly signal: AbortSignal
  /** Bad records, where they are known already. */
  readonly leftOut?: BadPlaces
  /** The batch was skipped: nobody sees what it comes to, so nothing comes to an end in it. */
  readonly givenUp?: boolean
}

/** One evaluation of the graph for one planned batch: a batch's run, or its replay. */
export interface Evaluation extends BatchGround {
  readonly attempt: Attempt
  readonly staging: Staging
  /**
   * `replay`: publishes nothing and, unless `replayId` says so, leaves out `foreachRDD`, as side effects of arbitrary functions
   * are not for it.
   * `skip`: the batch is empty to windows and state, and makes no output.
   */
  readonly purpose: 'run' | 'replay' | 'skip'
  /** A replay that calls `foreachRDD` functions all the same, with tokens of its own. */
  readonly replayId?: string
  /** Present when somebody listens. */
  readonly progress?: BatchProgress | undefined
  /** What lies already where the outputs go, if it was looked at ahead. */
  readonly places?: OutputPlaces | undefined
}

export interface OpenBatch {
  readonly batch: Batch
  readonly inputs: PlannedInputs
}

/** The graph on the inputs of a plan; nothing is computed yet. */
export function openBatch(runtime: Runtime, ground: BatchGround): OpenBatch {
  const context = contextOf(runtime, ground)
  const inputs = plannedInputs(runtime, ground, context.sparkContext)
  const batch = runtime.graph.openBatch({ ...context, input: (streamUid) => inputs.datasets.get(streamUid) })
  return { batch, inputs }
}

/** The records of a plan that are to be left out and set apart. */
export function badRecords(runtime: Runtime, ground: BatchGround): Awaitable<DeadLetter[]> {
  if (runtime.graph.inputs.every(({ descriptor }) => badRecordQuota(descriptor) === undefined)) return []
  return screen(runtime, { ...contextOf(runtime, ground), sources: ground.plan.sources })
}

/** A batch without inputs. */
function contextOf(runtime: Runtime, ground: BatchGround): Omit<BatchContext, 'input'> {
  const { plan, zeroTime, state, signal, givenUp } = ground
  const { app, conf, defaultParallelism, storage, gunzip, pipeThrough, localProperties } = runtime
  const { seed } = plan
  const sparkContext = new SparkContext({
    appName: app,
    signal,
    defaultParallelism,
    seed,
    storage,
    gunzip,
    pipeThrough,
    conf,
    localProperties,
    validateOutputSpecs: false,
  })
  return {
    batchTime: new Time(plan.batchTime),
    zeroTime: new Time(zeroTime),
    sparkContext,
    state,
    clockMs: plan.clockMs,
    seed: plan.seed,
    ...(givenUp === undefined ? {} : { givenUp }),
    signal,
  }
}

/** Moves on whatever no output has moved on: all state, and what the sources remember of this plan. */
export async function advanceBatch(runtime: Runtime, { plan, state }: BatchGround, batch: Batch): Promise<void> {
  await batch.advance()
  for (const [uid, source] of runtime.warm.sources) {
    const cut = ownValue(plan.sources, uid)
    if (cut !== undefined) source.remember?.(cut, await state.memory(uid))
  }
}

/** Of a batch that is skipped: its plan without the data, and nothing comes to an end in it. */
export function skipped<G extends BatchGround>(ground: G): G & { readonly givenUp: true } {
  const sources = Object.entries(ground.plan.sources).map(([uid, cut]) => [uid, { ...cut, ranges: [], retried: [] }])
  return { ...ground, plan: { ...ground.plan, sources: Object.fromEntries(sources) }, givenUp: true }
}
