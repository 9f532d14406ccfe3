import type { StagedOutput } from '../checkpoint/manifest.ts'
import { stagedKey } from '../checkpoint/names.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { Staging } from '../ports/sink.ts'
import { BatchProgress } from './batch-progress.ts'
import { placesOf } from './dead-letters/bad-places.ts'
import type { DeadLetter } from './dead-letters/dead-letter.ts'
import { advanceBatch, badRecords, type Evaluation, openBatch, skipped } from './evaluation.ts'
import type { Invocation } from './invocation.ts'
import type { OutputPlaces } from './output-places.ts'
import type { BatchPlan } from './plan.ts'
import type { Base } from './restore.ts'
import { runOutputs } from './run-outputs.ts'
import type { Runtime } from './runtime.ts'

/** What a run leaves behind, all of it staged and invisible. */
export interface BatchResult {
  readonly planned: BatchPlan
  readonly outputs: readonly StagedOutput[]
  readonly records: { readonly [streamUid: string]: number }
  /** Records that were left out, to be set apart. */
  readonly letters: readonly DeadLetter[]
  readonly submissionTime: number
  readonly processingStartTime: number
  /** Set when the batch is given up by an explicit act. */
  readonly skipped?: { readonly reason: string }
}

/** Bytes that one output of a batch may leave in the manifest instead of in objects of their own. */
const INLINE_OUTPUT_BYTES = 4 * 1024

export interface RunOptions {
  /** By default `run`. */
  readonly purpose?: 'run' | 'skip'
  /** Where its outputs go, if somebody has looked. */
  readonly places?: OutputPlaces
}

/** Runs the graph for the planned batch, output by output in the order of their registration. */
export async function runPlan(
  run: Invocation,
  base: Base,
  planned: BatchPlan,
  { purpose = 'run', places }: RunOptions = {},
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
  const times = { submissionTime, processingStartTime }
  run.progress = progressOf(run, plan, times)
  const { state } = base
  const { progress } = run
  const evaluation = { plan, attempt, zeroTime, state, staging, signal, purpose, progress, places }
  return { planned, ...(await runtime.around(() => evaluate(runtime, evaluation))), ...times }
}

function progressOf(
  { runtime }: Invocation,
  plan: Plan,
  times: Pick<BatchResult, 'submissionTime' | 'processingStartTime'>,
): BatchProgress | undefined {
  return runtime.graph.listeners.listening ? new BatchProgress({ runtime, plan, ...times }) : undefined
}

export async function evaluate(
  runtime: Runtime,
  evaluation: Evaluation,
): Promise<Pick<BatchResult, 'outputs' | 'records' | 'letters'>> {
  const skip = evaluation.purpose === 'skip'
  const ground = skip ? skipped(evaluation) : evaluation
  const letters = evaluation.leftOut === undefined ? await badRecords(runtime, ground) : []
  const { batch, inputs } = openBatch(runtime, { leftOut: placesOf(letters), ...ground })
  try {
    const outputs = skip ? [] : await runOutputs(runtime, evaluation, batch)
    await advanceBatch(runtime, evaluation, batch)
    return { outputs, records: inputs.records(), letters }
  } finally {
    await inputs.close()
  }
}
