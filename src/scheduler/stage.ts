import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, Manifest, SnapshotRef } from '../checkpoint/manifest.ts'
import { changelogKey, manifestKey, snapshotKey } from '../checkpoint/names.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { SealedState } from '../state/state-run.ts'
import { allDone } from '../util/all-done.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { base64 } from '../util/base64.ts'
import type { CommitPermit } from './commit.ts'
import { stageLetters } from './dead-letters/stage-letters.ts'
import type { Invocation } from './invocation.ts'
import type { Base } from './restore.ts'
import type { BatchResult } from './run.ts'
import type { Runtime } from './runtime.ts'
import { located, shedHistory } from './shed-history.ts'
import { stageMerged } from './stage-merged.ts'
import { putObject, putParts, store } from './stored.ts'
import { positionsAfter } from './stored-positions.ts'
import { streamChanges } from './stored-streams.ts'
import { graphRecord } from './upgrade.ts'

/** State changes up to this size travel in the manifest; an object of their own costs about as much as these bytes do. */
const INLINE_CHANGES_BYTES = 4 * 1024

/**
 * Writes what the commit will name: state changes, snapshots that are due, old manifests that the head sheds. Each is under
 * a name that carries the attempt (P3) and acknowledged before the permit exists (P6).
 */
export async function stage(run: Invocation, base: Base, result: BatchResult): Promise<CommitPermit> {
  const { runtime } = run
  const { attempt, plan } = result.planned
  const sealed = base.state.seal(attempt.batchTime)
  const [changes, snapshots, merged, history, letters] = await allDone([
    stageChanges(runtime, attempt, sealed),
    stageSnapshots(runtime, attempt, sealed),
    sealed.merge && stageMerged(runtime, attempt, sealed.merge),
    shedHistory(runtime, attempt, run.head.head),
    stageLetters(run, {
      attempt,
      plan,
      letters: result.letters,
      streams: streamChanges(base.changes),
      skipped: result.skipped !== undefined,
    }),
  ])
  const state = located(sealed.manifest(changes?.ref, snapshots, merged), run.head.head, history)
  const manifest: Manifest = {
    formatVersion: 1,
    attempt,
    ...(base.manifest === undefined ? {} : { predecessor: base.manifest.attempt }),
    plan: result.planned.stored,
    ...(result.planned.plannedAs === undefined ? {} : { plannedAs: result.planned.plannedAs }),
    ...positionsAfter(runtime, base.manifest, plan),
    state,
    graph: graphRecord(runtime.graph),
    ...(changes?.inline === undefined ? {} : { inlineChanges: changes.inline }),
    ...(changes === undefined || state.changelogs.includes(changes.ref) ? {} : { changes: changes.ref }),
    outputs: result.outputs,
    ...(result.skipped === undefined ? {} : { skipped: result.skipped }),
    ...(letters === undefined ? {} : { deadLetters: letters.changes }),
    stats: statsOf(result, runtime.clock.now()),
  }
  const stored = await store(runtime.checkpoint, () => manifestKey(runtime.app, attempt), manifest)
  return { attempt, planned: result.planned, manifest, stored, history, deadLetters: letters?.box }
}

function statsOf(result: BatchResult, processingEndTime: number): Manifest['stats'] {
  const { planned, records, submissionTime, processingStartTime } = result
  return { records, attempts: planned.tries, submissionTime, processingStartTime, processingEndTime }
}

interface StagedChanges {
  readonly ref: ChangelogRef
  readonly inline?: string
}

function stageChanges(runtime: Runtime, attempt: Attempt, sealed: SealedState): Awaitable<StagedChanges | undefined> {
  const { changes } = sealed
  if (changes === undefined) return undefined
  const ref = { batchTime: attempt.batchTime, sizeBytes: changes.byteLength }
  if (changes.byteLength <= INLINE_CHANGES_BYTES) return { ref, inline: base64(changes) }
  const put = putObject(runtime.checkpoint, changelogKey(runtime.app, attempt), changes)
  return put.then((object) => ({ ref: { ...ref, object } }))
}

function stageSnapshots(runtime: Runtime, attempt: Attempt, sealed: SealedState): Awaitable<SnapshotRef[]> {
  const key: SnapshotPlace['key'] = (operator, partition) => snapshotKey(runtime.app, attempt, operator, partition)
  return putSnapshots(sealed, { store: runtime.checkpoint, batchTime: attempt.batchTime, key })
}

export interface SnapshotPlace {
  readonly store: ObjectStore
  /** Of the batch whose changes are the last in them. */
  readonly batchTime: BatchTime
  key(operator: string, partition: number): string
}

/** Writes the snapshots that are due. */
export function putSnapshots({ snapshots }: SealedState, place: SnapshotPlace): Awaitable<SnapshotRef[]> {
  const { store, batchTime } = place
  const puts = snapshots.map(async ({ operator, partition, parts }) => {
    const object = await putParts(store, place.key(operator, partition), parts())
    return { operator, partition, batchTime, object }
  })
  return allDone(puts)
}
