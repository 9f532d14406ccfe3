import { batchMark } from '../checkpoint/batch-mark.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { Batch, BatchOutput } from '../dstream/batch.ts'
import type { OutputJob } from '../ports/sink.ts'
import type { RDD } from '../rdd/rdd.ts'
import { type Awaitable, andThen, eachInTurn } from '../util/awaitable.ts'
import { messageOf } from '../util/errors.ts'
import { Time } from '../util/time.ts'
import type { Evaluation } from './evaluation.ts'
import type { Runtime } from './runtime.ts'
import { refuseSharedDestination } from './shared-places.ts'

/** An output that has a dataset in this batch. */
interface BatchJob {
  readonly output: BatchOutput
  readonly dataset: RDD<unknown>
}

/**
 * Carries out a batch's outputs, one after the other in the order of their registration. All datasets are made before the
 * first output begins, so that a graph that fails to make one has no side effect.
 */
export async function runOutputs(runtime: Runtime, evaluation: Evaluation, batch: Batch): Promise<StagedOutput[]> {
  const { progress } = evaluation
  const jobs = await batchJobs(evaluation, batch)
  progress?.begin(jobs.map(({ output }) => output))
  const staged: StagedOutput[] = []
  for (const [id, job] of jobs.entries()) {
    progress?.outputStarted(id)
    describeJobs(batch, id)
    try {
      const made = await runJob(runtime, evaluation, job)
      if (made !== undefined) refuseSharedDestination(staged, made)
      if (made !== undefined) staged.push(made)
    } catch (error) {
      progress?.outputEnded(id, messageOf(error))
      throw error
    }
    progress?.outputEnded(id)
  }
  return staged
}

/** For whoever asks the context what its jobs are for, as in Spark. */
function describeJobs({ sparkContext, batchTime }: Batch, outputId: number): void {
  sparkContext.setLocalProperty('spark.streaming.internal.batchTime', String(batchTime.milliseconds))
  sparkContext.setLocalProperty('spark.streaming.internal.outputOpId', String(outputId))
  sparkContext.setJobDescription(`Streaming job from output operation ${outputId}, batch time ${batchTime}`)
}

function batchJobs({ purpose, replayId }: Evaluation, { outputs }: Batch): Awaitable<BatchJob[]> {
  const withoutEffects = purpose === 'replay' && replayId === undefined
  const due = outputs.filter(({ descriptor }) => descriptor !== undefined || !withoutEffects)
  const jobs: BatchJob[] = []
  const made = eachInTurn(due, (output) =>
    andThen(output.dataset(), (dataset) => {
      if (dataset !== undefined) jobs.push({ output, dataset })
    }),
  )
  return andThen(made, () => jobs)
}

async function runJob(
  runtime: Runtime,
  evaluation: Evaluation,
  { output, dataset }: BatchJob,
): Promise<StagedOutput | undefined> {
  if (output.descriptor !== undefined) {
    return runtime.openSink(output.descriptor, output.name).stage(outputJob(evaluation, output.name, dataset))
  }
  const { attempt, signal } = evaluation
  const { name } = output
  const token = (partition?: number) => outputToken(runtime, evaluation, { name, partition })
  await output.fn?.(dataset, new Time(attempt.batchTime), { name, token, mark: batchMark(attempt), signal })
  for (const observer of runtime.observers) {
    if (observer.foreachEnded === undefined) continue
    await observer.foreachEnded({ output: name, batchTime: attempt.batchTime, token: token(), dataset })
  }
  return undefined
}

interface TokenPlace {
  readonly name: string
  readonly partition: number | undefined
}

/**
 * The same for every attempt at this batch, and for no other batch, output or partition: what makes a side effect idempotent.
 * A replay's is taken for no batch's: no application has a colon in its name.
 */
function outputToken(
  { app }: Runtime,
  { attempt: { incarnation, batchTime }, replayId }: Evaluation,
  { name, partition }: TokenPlace,
): string {
  const parts = [app, incarnation, batchTime, name, ...(partition === undefined ? [] : [partition])]
  const token = parts.map((part) => encodeURIComponent(part)).join('/')
  return replayId === undefined ? token : `replay:${encodeURIComponent(replayId)}/${token}`
}

function outputJob(
  { attempt, staging, places, purpose, signal }: Evaluation,
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
    existing: places?.get(output),
    replay: purpose === 'replay',
    signal,
  }
}
