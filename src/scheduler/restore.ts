import type { GraphChange } from '../checkpoint/compare-graphs.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { StateObjects } from '../state/state-objects.ts'
import type { StateRun } from '../state/state-run.ts'
import type { StateStore } from '../state/state-store.ts'
import { assert } from '../util/assert.ts'
import { type Awaitable, andThen } from '../util/awaitable.ts'
import type { ByteSpan } from '../util/value-reader.ts'
import { committedManifest } from './committed-manifest.ts'
import { FoundManifests } from './found-manifests.ts'
import { InlineChanges } from './inline-changes.ts'
import type { Invocation } from './invocation.ts'
import type { Runtime } from './runtime.ts'
import { getObject, getRange } from './stored.ts'
import { withPositionsNow } from './stored-positions.ts'
import { graphChanges, refuseMisfits, stateChanges } from './upgrade.ts'

/** What a batch builds on: the committed batch before it, and its state. */
export interface Base {
  /** Absent before the first commit. */
  readonly manifest?: Manifest
  /** Of the graph since that batch. */
  readonly changes: readonly GraphChange[]
  readonly state: StateRun
}

/**
 * Opens the state of the committed batch that the head names, never of a newer one that is merely there (P7). Tables come
 * from warm memory if it is of the very attempt committed, else from snapshots and changelogs when they are first asked for.
 */
export function restore({ runtime, head: { head } }: Invocation): Awaitable<Base> {
  const manifest = head.committed && committedManifest(runtime, head.committed)
  return andThen(manifest, (manifest) => restoreAfter(runtime, head, manifest))
}

/**
 * What a batch of this graph builds on after the batch of `manifest`, whatever graph that was of. Fails with code
 * `graph-changed` where that would lose state or positions, and with what a migration throws.
 */
export function restoreAfter(runtime: Runtime, head: Head, manifest: Manifest | undefined): Awaitable<Base> {
  const changes = graphChanges(runtime, manifest?.graph)
  refuseMisfits(runtime, changes)
  if (manifest === undefined) return { changes, state: openState(runtime, head, undefined) }
  const { attempt, state } = manifest
  const reshaped = stateChanges(runtime.graph, changes, { committedMs: attempt.batchTime, zeroMs: head.zeroTime })
  const opened =
    reshaped.length === 0
      ? openState(runtime, head, manifest)
      : runtime.state.openChanged({ attempt, state }, storedIn(runtime, head, manifest), reshaped)
  const now = withPositionsNow(runtime, manifest, changes)
  return andThen(opened, (state) => ({ manifest: now, changes, state }))
}

export interface StatePlace {
  readonly checkpoint: ObjectStore
  readonly state: StateStore
}

/** The state after the batch of `manifest`, or none before the first batch. */
export function openState(place: StatePlace, head: Head, manifest: Manifest | undefined): StateRun {
  const base = manifest && { attempt: manifest.attempt, state: manifest.state }
  return place.state.open(base, storedIn(place, head, manifest))
}

function storedIn({ checkpoint }: StatePlace, head: Head, manifest: Manifest | undefined): StateObjects {
  let inline: InlineChanges | undefined
  return {
    read: (ref: ObjectRef, range?: ByteSpan) => (range ? getRange(checkpoint, ref, range) : getObject(checkpoint, ref)),
    inlineChanges(batchTime: number) {
      assert(manifest, 'what is before the first batch has no changes')
      inline ??= new InlineChanges(new FoundManifests(checkpoint, head), manifest)
      return inline.of(batchTime)
    },
  }
}
