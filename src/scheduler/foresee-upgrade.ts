import type { BatchTime } from '../checkpoint/attempt.ts'
import type { GraphChange } from '../checkpoint/compare-graphs.ts'
import { decodePlan } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { StateStore } from '../state/state-store.ts'
import { isRetryable, messageOf } from '../util/errors.ts'
import { committedManifest } from './committed-manifest.ts'
import { isLostGround } from './lost-ground.ts'
import { noCheckpoint } from './operator-act.ts'
import { latestBatches } from './past-batch.ts'
import { type ReplayReport, replayBatches } from './replay.ts'
import { restoreAfter } from './restore.ts'
import type { Runtime } from './runtime.ts'
import { load } from './stored.ts'
import { positionsOfOthers } from './stored-positions.ts'
import { refuseUnknownStreams } from './stored-streams.ts'
import { graphChanges } from './upgrade.ts'

/** What would become of a checkpoint if the application went on from it. */
export interface UpgradeForecast {
  /** Whether it would go on. */
  readonly fits: boolean
  /** The batch that it would go on from; absent before the first. */
  readonly batchTime?: BatchTime
  /** Of each operator with state, input stream and output. */
  readonly changes: readonly GraphChange[]
  /** What else would end its first batch: a migration that throws, or a plan for streams that are gone. */
  readonly failures: readonly string[]
}

/** So often an application that goes on meanwhile is looked at again. */
const LOOKS = 3

/**
 * Compares the application's graph with the one in its checkpoint, and makes the state anew as the first batch would, in memory:
 * also what its migrations throw is found out. Changes nothing. Rejects with code `no-checkpoint`, and with what says nothing of
 * the code: a place that does not answer, or an object that is gone.
 */
export async function foreseeUpgrade(runtime: Runtime): Promise<UpgradeForecast> {
  for (let look = 1; ; look++) {
    const head = await runtime.register.read(runtime.app)
    if (head === undefined) throw noCheckpoint(runtime)
    try {
      return await foreseen(runtime, head)
    } catch (error) {
      if (look === LOOKS || !isLostGround(error) || !(await hasMovedOn(runtime, head))) throw error
    }
  }
}

/** What is gone may have been collected since. */
async function hasMovedOn({ register, app }: Runtime, { version }: Head): Promise<boolean> {
  return (await register.read(app))?.version !== version
}

async function foreseen(runtime: Runtime, head: Head): Promise<UpgradeForecast> {
  const { committed } = head
  const manifest = committed && (await committedManifest(runtime, committed))
  const { graph: before = NOTHING } = manifest ?? {}
  const changes = graphChanges(runtime, before)
  const refused = changes.some(({ fate }) => fate === 'refused')
  const failures = refused ? [] : await firstFailures(runtime, head, { manifest, changes })
  return {
    fits: !refused && failures.length === 0,
    ...(manifest === undefined ? {} : { batchTime: manifest.attempt.batchTime }),
    changes: refused || manifest === undefined ? changes : goingOn(runtime, manifest, changes),
    failures,
  }
}

/** A stream that is new to the last commit may have a position all the same. */
function goingOn(runtime: Runtime, manifest: Manifest, changes: readonly GraphChange[]): GraphChange[] {
  const others = positionsOfOthers(runtime, manifest, changes)
  return changes.map((change) => {
    const from = change.part === 'input' && change.fate === 'new' ? others.get(change.uid) : undefined
    return from === undefined ? change : { ...change, goesOnFrom: from }
  })
}

/** Of a checkpoint in which no batch is. */
const NOTHING = { operators: [], inputs: {}, outputs: [] }

async function firstFailures(
  runtime: Runtime,
  head: Head,
  { manifest, changes }: { readonly manifest: Manifest | undefined; readonly changes: readonly GraphChange[] },
): Promise<string[]> {
  const failures: string[] = []
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      // Not for want of an answer, nor because an operator looked while somebody collected.
      if (isRetryable(error) || isLostGround(error)) throw error
      failures.push(messageOf(error))
    }
  }
  await attempt(async () => {
    const { state } = await restoreAfter({ ...runtime, state: new StateStore() }, head, manifest)
    state.abandon()
  })
  const { planned } = head
  if (planned === undefined) return failures
  await attempt(async () => {
    const plan = await load(runtime.checkpoint, planned.plan, decodePlan)
    refuseUnknownStreams(runtime, plan, changes)
  })
  return failures
}

export interface ComparedRuns {
  /** How many of the last retained batches. */
  readonly batches: number
  readonly signal: AbortSignal
}

/**
 * Runs the last retained batches again with the application as it is now, on its own state from the first of them on, and
 * compares what it puts out with what was published. Writes into shadow directories only.
 */
export async function* compareWithPublished(
  runtime: Runtime,
  { batches, signal }: ComparedRuns,
): AsyncGenerator<ReplayReport> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  yield* replayBatches(runtime, { ...(await lastBatches(runtime, head, batches)), carryState: true, signal })
}

/**
 * Counts back over those that can be run again: the oldest retained one is there for the state that the next begins with. What
 * a collection gives up meanwhile ends the count.
 */
async function lastBatches(runtime: Runtime, head: Head, batches: number): Promise<{ readonly from?: BatchTime }> {
  const times: BatchTime[] = []
  let newer: BatchTime | undefined
  for await (const { attempt, predecessor, began } of latestBatches(runtime, head)) {
    if (newer !== undefined) times.push(newer)
    if (times.length === batches || began !== undefined || attempt.incarnation !== head.incarnation) break
    newer = attempt.batchTime
    if (predecessor === undefined) times.push(newer)
  }
  const from = times.at(-1)
  return from === undefined ? {} : { from }
}
