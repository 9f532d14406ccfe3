import type { SourcePlan } from '../../checkpoint/plan.ts'
import type { BatchContext } from '../../dstream/batch.ts'
import type { GraphInput } from '../../dstream/graph-input.ts'
import { badRecordQuota } from '../../dstream/sources/bad-records.ts'
import { trialDatasets } from '../../dstream/trial.ts'
import type { RawRecord } from '../../ports/source.ts'
import { triedNode } from '../../rdd/nodes/tried.ts'
import { RDD } from '../../rdd/rdd.ts'
import { runThrough } from '../../rdd/run-through.ts'
import { ownValue } from '../../util/own-value.ts'
import { type Runtime, sourceOf } from '../runtime.ts'
import type { DeadLetter } from './dead-letter.ts'
import { StreamRecords } from './stream-records.ts'
import { StreamTrial } from './stream-trial.ts'

/** What it takes to try a batch's records: the batch as it will run, but for its inputs. */
export type TrialGround = Omit<BatchContext, 'input'> & {
  readonly sources: { readonly [streamUid: string]: SourcePlan }
}

/**
 * Finds the bad records of a batch before anything of it is computed, by trying each record of the streams that set bad ones
 * apart: so a record is left out of all outputs and states or of none, whatever a function had made of it before another threw,
 * and no `foreachRDD` sees data that another attempt would not. Rejects with code `too-many-dead-letters` past a quota.
 */
export async function screen(runtime: Runtime, ground: TrialGround): Promise<DeadLetter[]> {
  const trials = new Map(runtime.graph.inputs.flatMap((input) => trialOf(runtime, input, ground)))
  if (trials.size === 0) return []
  const inputs = new Map([...trials].map(([uid, trial]) => [uid, trialInput(trial, ground)]))
  const nothing = ground.sparkContext.emptyRDD<unknown>()
  // The records of other streams are none of this: one that is bad fails the batch when it runs.
  const context: BatchContext = { ...ground, input: (uid) => inputs.get(uid) ?? nothing }
  for (const { node } of await trialDatasets(runtime.graph, new Set(trials.keys()), context))
    await runThrough(node, ground.signal)
  return [...trials.values()].flatMap((trial) => trial.end())
}

function trialOf(
  runtime: Runtime,
  { uid, descriptor }: GraphInput,
  { sources, batchTime }: TrialGround,
): [string, StreamTrial][] {
  const quota = badRecordQuota(descriptor)
  const cut = ownValue(sources, uid)
  if (quota === undefined || cut === undefined) return []
  const records = new StreamRecords(sourceOf(runtime, uid), runtime.checkpoint, cut)
  if (records.partitions === 0) return []
  return [[uid, new StreamTrial({ stream: uid, batchTime: batchTime.milliseconds, records, quota })]]
}

function trialInput(trial: StreamTrial, { sparkContext }: TrialGround): RDD<unknown> {
  return new RDD(sparkContext, triedNode<RawRecord, unknown>(trial))
}
