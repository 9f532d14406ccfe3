import type { Attempt } from '../checkpoint/attempt.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import { stagedKey } from '../checkpoint/names.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { Batch, BatchOutput } from '../dstream/batch.ts'
import type { OutputJob, Staging } from '../ports/sink.ts'
import type { RDD } from '../rdd/rdd.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import type { StateRun } from '../state/state-run.ts'
import { Time } from '../util/time.ts'
import type { Invocation } from './invocation.ts'
import type { BatchPlan } from './plan.ts'
import { plannedInputs } from './planned-inputs.ts'
import type { Base } from './restore.ts'
import type { Runtime } from './runtime.ts'

/** What a run leaves behind, all of it staged and invisible. */
export interface BatchResult {
  readonly planned: BatchPlan
  readonly outputs: readonly StagedOutput[]
  readonly records: { readonly [streamUid: string]: number }
  readonly submissionTime: number
  readonly processingStartTime: number
  /** Set when the batch is given up by an explicit act. */
  readonly skipped?: { readonly reason: string }
}

/** One evaluation of the graph for one planned batch: a batch's run, or its replay. */
export interface Evaluation {
  readonly plan: Plan
  readonly attempt: Attempt
  readonly zeroTime: number
  readonly state: StateRun
  readonly staging: Staging
  readonly signal: AbortSignal
  /**
   * `replay`: publishes nothing and leaves out `foreachRDD`, as side effects of arbitrary functions are not for it.
   * `skip`: the batch is empty to windows and state, and makes no output.
   */
  readonly purpose: 'run' | 'replay' | 'skip'
}

/** Bytes that one output of a batch may leave in the manifest instead of in objects of their own. */
const INLINE_OUTPUT_BYTES = 4 * 1024

/** Runs the graph for the planned batch, output by output in the order of their registration. */
export async function runPlan(
  run: Invocation,
  base: Base,
  planned: BatchPlan,
  purpose: 'run' | 'skip' = 'run',
): Promise<BatchResult> {
  const { runtime, signal } = run
  const { attempt, plan } = planned
  const staging: Staging = {
    store: runtime.checkpoint,
    key: (output, file) => stagedKey(runtime.app, attempt, output, file),
    inlineBytes: INLINE_OUTPUT_BYTES,
  }
  const { zeroTime } = run.head.head
  const processingStartTime = runtime.clock.now()
  // By the clock, a batch waits from its time on: the scheduling delay says how far the application is behind.
  const submissionTime =
    run.options.due === 'clock' ? Math.min(plan.batchTime, processingStartTime) : processingStartTime
  const evaluation = { plan, attempt, zeroTime, state: base.state, staging, signal, purpose }
  return { planned, ...(await evaluate(runtime, evaluation)), submissionTime, processingStartTime }
}

export async function evaluate(
  runtime: Runtime,
  evaluation: Evaluation,
): Promise<Pick<BatchResult, 'outputs' | 'records'>> {
  const { plan, state, zeroTime, signal, purpose } = evaluation
  const sparkContext = new SparkContext({ signal, defaultParallelism: runtime.defaultParallelism, seed: plan.seed })
  const inputs = plannedInputs(runtime, purpose === 'skip' ? emptied(plan) : plan, sparkContext)
  const batch = runtime.graph.openBatch({
    batchTime: new Time(plan.batchTime),
    zeroTime: new Time(zeroTime),
    sparkContext,
    state,
    clockMs: plan.clockMs,
    seed: plan.seed,
    signal,
    input: (streamUid) => inputs.datasets.get(streamUid),
  })
  const outputs = purpose === 'skip' ? [] : await runOutputs(runtime, evaluation, batch)
  await batch.advance()
  await remember(runtime, evaluation)
  return { outputs, records: inputs.records() }
}

/** The same plan without its data. */
function emptied(plan: Plan): Plan {
  const sources = Object.entries(plan.sources).map(([uid, cut]) => [uid, { ...cut, ranges: [] }])
  return { ...plan, sources: Object.fromEntries(sources) }
}

async function runOutputs(runtime: Runtime, evaluation: Evaluation, batch: Batch): Promise<StagedOutput[]> {
  const staged: StagedOutput[] = []
  for (const output of batch.outputs) {
    const made = await runOutput(runtime, evaluation, output)
    if (made !== undefined) staged.push(made)
  }
  return staged
}

async function runOutput(
  runtime: Runtime,
  evaluation: Evaluation,
  output: BatchOutput,
): Promise<StagedOutput | undefined> {
  if (output.descriptor === undefined && evaluation.purpose === 'replay') return undefined
  const dataset = await output.dataset()
  if (dataset === undefined) return undefined
  if (output.descriptor !== undefined) {
    return runtime.openSink(output.descriptor, output.name).stage(outputJob(evaluation, output.name, dataset))
  }
  const { attempt, signal } = evaluation
  await output.fn?.(dataset, new Time(attempt.batchTime), {
    name: output.name,
    token: (partition) => outputToken(runtime, attempt, output.name, partition),
    signal,
  })
  return undefined
}

/** The same for every attempt at this batch, and for no other batch, output or partition: what makes a side effect idempotent. */
function outputToken(
  { app }: Runtime,
  { incarnation, batchTime }: Attempt,
  output: string,
  partition?: number,
): string {
  const parts = [app, incarnation, batchTime, output, ...(partition === undefined ? [] : [partition])]
  return parts.map((part) => encodeURIComponent(part)).join('/')
}

function outputJob(
  { attempt, staging, purpose, signal }: Evaluation,
  output: string,
  dataset: RDD<unknown>,
): OutputJob {
  return {
    output,
    attempt,
    partitions: dataset.node.partitions,
    run: (task) => dataset.runPartitions(task),
    take: (count) => dataset.take(count),
    staging,
    replay: purpose === 'replay',
    signal,
  }
}

/** What the sources remember of this plan becomes part of the state that is committed with it. */
async function remember(runtime: Runtime, { plan, state }: Evaluation): Promise<void> {
  for (const [uid, source] of runtime.warm.sources) {
    const cut = plan.sources[uid]
    if (cut !== undefined) source.remember?.(cut, await state.memory(uid))
  }
}
