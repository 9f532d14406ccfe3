import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { StateRun } from '../state/state-run.ts'
import type { StateStore } from '../state/state-store.ts'
import type { ByteSpan } from '../util/value-reader.ts'
import { committedManifest } from './committed-manifest.ts'
import { InlineChanges } from './inline-changes.ts'
import type { Invocation } from './invocation.ts'
import { getObject, getRange } from './stored.ts'

/** What a batch builds on: the committed batch before it, and its state. */
export interface Base {
  /** Absent before the first commit. */
  readonly manifest?: Manifest
  readonly state: StateRun
}

/**
 * Opens the state of the committed batch that the head names, never of a newer one that is merely there (P7). Tables come
 * from warm memory if it is of the very attempt committed, else from snapshots and changelogs when they are first asked for.
 */
export async function restore({ runtime, head: { head } }: Invocation): Promise<Base> {
  if (head.committed === undefined) return { state: openState(runtime, head, undefined) }
  const manifest = await committedManifest(runtime, head.committed)
  return { manifest, state: openState(runtime, head, manifest) }
}

export interface StatePlace {
  readonly checkpoint: ObjectStore
  readonly state: StateStore
}

/** The state after the batch of `manifest`, or none before the first batch. */
export function openState({ checkpoint, state }: StatePlace, head: Head, manifest: Manifest | undefined): StateRun {
  const inline = new InlineChanges(checkpoint, head, manifest?.state.changelogs ?? [])
  return state.open(manifest && { attempt: manifest.attempt, state: manifest.state }, {
    read: (ref: ObjectRef, range?: ByteSpan) => (range ? getRange(checkpoint, ref, range) : getObject(checkpoint, ref)),
    inlineChanges: (batchTime: number) => inline.of(batchTime),
  })
}
