import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodePlan } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { ChangelogRef, Manifest, StagedOutput } from '../checkpoint/manifest.ts'
import { isShadowOf, shadowKey, shadowPrefix, shadowStateKey } from '../checkpoint/names.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { StateRun } from '../state/state-run.ts'
import { StateStore } from '../state/state-store.ts'
import { assert } from '../util/assert.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { ObjectMissingError } from '../util/object-errors.ts'
import { compareOutputs, type ReplayedOutput } from './compare-outputs.ts'
import { placesLeftOut } from './dead-letters/bad-places.ts'
import { noCheckpoint } from './operator-act.ts'
import { type BatchRange, noneRetained, type PastBatch, pastBatch, pastBatches } from './past-batch.ts'
import { type Base, restoreAfter } from './restore.ts'
import { evaluate } from './run.ts'
import type { Runtime } from './runtime.ts'
import { putSnapshots } from './stage.ts'
import { load, putObject } from './stored.ts'
import { onlyWhatWasRead, planForGraph, refuseUnknownStreams } from './stored-streams.ts'
import { graphChanges, graphRecord } from './upgrade.ts'

export interface ReplayOptions {
  readonly signal: AbortSignal
  /**
   * Calls `foreachRDD` functions, too, with tokens that begin with `replay:` and the marks of the batches; by default they are
   * left out.
   */
  readonly withForeachRDD?: boolean
  /** What is written stays until somebody deletes it; by default a collection does, when it is older than batches that are kept. */
  readonly keep?: boolean
}

export interface ReplayRequest extends ReplayOptions, BatchRange {
  /**
   * Each batch goes on from the state that the replay of the one before it made, instead of from the committed one: to see
   * what another program would have come to.
   */
  readonly carryState?: boolean
}

/** What a replay found. `equal`: every output file has the bytes that were published. */
export interface ReplayReport {
  readonly batchTime: BatchTime
  readonly equal: boolean
  /** Where the replayed files are; nothing else ever writes there. */
  readonly shadow: string
  readonly outputs: readonly ReplayedOutput[]
  /** Whether the application's graph is the one that the batch was planned for: if not, other bytes may well be right. */
  readonly sameGraph: boolean
  /** The batch was given up and has no output, so nothing was compared. */
  readonly skipped?: { readonly reason: string }
}

/**
 * Runs a committed batch again from its own plan and the state before it, and compares the bytes. Everything is written
 * under shadow prefixes of this replay's own; heads and state are not touched. Rejects with code `batch-not-found`,
 * `base-not-retained`, `batch-skipped` or `before-reset`, and with the source's own when that no longer has the data.
 */
export async function replayBatch(
  runtime: Runtime,
  batchTime: BatchTime,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const head = await runtime.register.read(runtime.app)
  const past = await pastBatch(runtime, head, batchTime)
  assert(head !== undefined, 'a committed batch has a head')
  if (past.manifest.skipped !== undefined) throw skippedBatch(runtime, batchTime, past.manifest.skipped.reason)
  return (await replayPast(runtime, past, replaying(runtime, head, options))).report
}

/**
 * Runs the retained batches of a range again, the oldest first, each as `replayBatch` does. One that was given up is told
 * of, not compared. Rejects at the first that cannot be run again.
 */
export async function* replayBatches(runtime: Runtime, request: ReplayRequest): AsyncGenerator<ReplayReport> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  const range = replaying(runtime, head, request)
  let last: Replayed | undefined
  let first: BatchTime | undefined
  for await (const past of pastBatches(runtime, head, request)) {
    const { batchTime } = past.manifest.attempt
    first = request.carryState === true ? (first ?? batchTime) : batchTime
    last = await replayPast(runtime, past, { ...range, first, carried: last?.carried })
    yield last.report
  }
  if (last === undefined) throw noneRetained(runtime, request)
}

/** One replay, of a batch or of a range. */
interface Replaying extends ReplayOptions, Pick<ReplayRequest, 'carryState'> {
  readonly head: Head
  readonly replayId: string
  /** Takes what is carried on: for one range only. */
  readonly store: StateStore
  /** What the replay of the batch before came to, if this one goes on from that. */
  readonly carried?: Manifest | undefined
  /** Whose beginning the state goes back to: the first of a range where state is carried on, else the batch itself. */
  readonly first?: BatchTime
}

function replaying(
  runtime: Runtime,
  head: Head,
  request: ReplayOptions & Pick<ReplayRequest, 'carryState'>,
): Replaying {
  return { ...request, head, replayId: runtime.uniqueId(), store: new StateStore() }
}

interface Replayed {
  readonly report: ReplayReport
  /** What the next batch goes on from, if that is this replay. */
  readonly carried?: Manifest
}

async function replayPast(runtime: Runtime, past: PastBatch, replaying: Replaying): Promise<Replayed> {
  try {
    return await replayOn(runtime, past, replaying)
  } catch (error) {
    if (isOwnLoss(runtime, replaying, error)) throw collectedMeanwhile(error)
    const { batchTime } = past.manifest.attempt
    throw await whyNot(runtime, { batchTime, first: replaying.first ?? batchTime }, error)
  }
}

async function replayOn(runtime: Runtime, { manifest, before }: PastBatch, replaying: Replaying): Promise<Replayed> {
  const { batchTime } = manifest.attempt
  const { head, store, replayId, carried = before, keep = false } = replaying
  const shadow = shadowPrefix(runtime.app, batchTime, { id: replayId, keep })
  const { state } = await restoreAfter({ ...runtime, state: store }, head, carried)
  // State that is carried on is of this graph; the plan was made on what was committed.
  const changes = graphChanges(runtime, before?.graph)
  try {
    const report = await compared(runtime, manifest, { ...replaying, shadow, state, changes })
    const carry = replaying.carryState === true
    return { report, ...(carry ? { carried: await handedOn(runtime, manifest, { shadow, state }) } : {}) }
  } finally {
    state.abandon()
  }
}

interface Shadow {
  readonly shadow: string
  readonly state: StateRun
}

interface Rerun extends Replaying, Shadow, Pick<Base, 'changes'> {}

async function compared(runtime: Runtime, manifest: Manifest, rerun: Rerun): Promise<ReplayReport> {
  const { outputs: published, attempt, skipped } = manifest
  const plan = await load(runtime.checkpoint, manifest.plan, decodePlan)
  const replayed = await evaluatedAgain(runtime, { manifest, plan }, rerun)
  const outputs = await compareOutputs(runtime.checkpoint, { published, replayed })
  return {
    batchTime: attempt.batchTime,
    equal: outputs.every(({ equal }) => equal),
    shadow: `${runtime.checkpoint.url}/${rerun.shadow}`,
    outputs,
    sameGraph: plan.fingerprint === runtime.graph.fingerprint(),
    ...(skipped === undefined ? {} : { skipped }),
  }
}

async function evaluatedAgain(
  runtime: Runtime,
  { manifest, plan }: { readonly manifest: Manifest; readonly plan: Plan },
  { head, replayId, shadow, state, changes, signal, withForeachRDD = false }: Rerun,
): Promise<readonly StagedOutput[]> {
  const { attempt, skipped } = manifest
  const read = onlyWhatWasRead(plan, manifest)
  if (skipped === undefined) refuseUnknownStreams(runtime, read, changes)
  const { outputs } = await evaluate(runtime, {
    plan: planForGraph(runtime, read, changes).plan,
    attempt,
    zeroTime: head.zeroTime,
    state,
    staging: { store: runtime.checkpoint, key: (output, file) => shadowKey(shadow, output, file), inlineBytes: 0 },
    signal,
    leftOut: await placesLeftOut(runtime, manifest),
    purpose: skipped === undefined ? 'replay' : 'skip',
    ...(withForeachRDD ? { replayId } : {}),
  })
  return outputs
}

/** The state after the replay, in objects of its own, as the state of the batch. */
async function handedOn(
  { checkpoint, graph }: Runtime,
  manifest: Manifest,
  { shadow, state }: Shadow,
): Promise<Manifest> {
  const { attempt } = manifest
  const { batchTime } = attempt
  const sealed = state.seal(batchTime)
  const { changes } = sealed
  const changelog: ChangelogRef | undefined = changes && {
    batchTime,
    sizeBytes: changes.byteLength,
    object: await putObject(checkpoint, shadowStateKey(shadow, 'changelog'), changes),
  }
  const key = (operator: string, partition: number) => shadowStateKey(shadow, `${operator}/${partition}`)
  const snapshots = await putSnapshots(sealed, { store: checkpoint, batchTime, key })
  const { inlineChanges: _, ...rest } = manifest
  const carried = { ...rest, state: sealed.manifest(changelog, snapshots), graph: graphRecord(graph) }
  state.settle(attempt)
  return carried
}

/** Whether what is missing is what this replay wrote itself. */
function isOwnLoss({ checkpoint }: Runtime, { replayId }: Replaying, error: unknown): error is ObjectMissingError {
  const within = `${checkpoint.url}/`
  if (!(error instanceof ObjectMissingError) || !error.url.startsWith(within)) return false
  return isShadowOf(error.url.slice(within.length), replayId)
}

/** It is by a clock that what replays wrote is collected, and clocks may be wrong (`shadows-end`). */
function collectedMeanwhile(cause: ObjectMissingError): SluiceError {
  return new SluiceError({
    code: 'replay-collected',
    kind: 'retryable',
    message: `What this replay wrote was collected before it ended: it has paused for a day, or the clock of a process that collects is that far ahead; correct the clock, and replay again: ${cause.message}`,
    cause,
  })
}

/**
 * A batch that was collected while it was replayed lacks objects, as damage would, and so does one whose range began with such a
 * batch; what its source has lost stays so.
 */
async function whyNot(
  runtime: Runtime,
  { batchTime, first }: { readonly batchTime: BatchTime; readonly first: BatchTime },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof SluiceError) || error.kind !== 'data') return error
  const head = await runtime.register.read(runtime.app)
  await pastBatch(runtime, head, first)
  const message = `Batch ${batchTime} ms cannot be replayed, and stays committed as it is: ${messageOf(error)}`
  return new SluiceError({ code: error.code, kind: 'data', message, cause: error })
}

function skippedBatch({ app }: Runtime, batchTime: BatchTime, reason: string): SluiceError {
  return new SluiceError({
    code: 'batch-skipped',
    kind: 'invalid',
    message: `This batch of ${app} was given up and made no output, so there is nothing to replay (${reason}): ${batchTime} ms`,
  })
}
