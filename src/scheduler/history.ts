import type { BatchTime, Token } from '../checkpoint/attempt.ts'
import { decodeManifest, decodeSegment } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { load } from './stored.ts'

/** The committed manifests that are retained, newest first: the last one, the recent ones in the head, then the segments'. */
export async function* manifests(objects: ObjectStore, head: Head): AsyncGenerator<Manifest> {
  for await (const stored of retainedManifests(objects, head)) yield load(objects, stored, decodeManifest)
}

/** The same, not yet read. What lies below the boundary may have lost what it names. */
export async function* retainedManifests(objects: ObjectStore, head: Head): AsyncGenerator<Stored<Manifest>> {
  for await (const { manifests } of stretches(objects, head)) {
    for (const stored of manifests.toReversed()) if (attemptOfManifest(stored).token >= head.boundary) yield stored
  }
}

/** The manifest of one committed batch; `undefined` when no retained one has this batch time. */
export async function manifestOf(
  objects: ObjectStore,
  head: Head,
  batchTime: BatchTime,
): Promise<Manifest | undefined> {
  for await (const stored of retainedManifests(objects, head)) {
    const attempt = attemptOfManifest(stored)
    if (attempt.batchTime === batchTime) return load(objects, stored, decodeManifest)
    if (attempt.batchTime < batchTime) return undefined
  }
  return undefined
}

/** Committed one after the other, the oldest first. */
export interface Stretch {
  readonly manifests: readonly Stored<Manifest>[]
  /** The segment; absent for what the head itself carries. */
  readonly ref?: ObjectRef
}

/**
 * The history, its newest stretch first, as far back as the boundary lets anybody rely on it: a stretch that reaches below it
 * is the last. Collection, which decides on the boundary as it reads, deletes the segments that this does not read.
 */
export async function* stretches(
  objects: ObjectStore,
  head: Head,
  boundary: () => Token = () => head.boundary,
): AsyncGenerator<Stretch> {
  const { recent, segment } = head.history
  const own: Stretch = { manifests: head.committed === undefined ? recent : [...recent, head.committed.manifest] }
  yield own
  let ref = reachesBelow(own, boundary()) ? undefined : segment
  while (ref !== undefined) {
    const { manifests, previous } = await load(objects, { kind: 'object', ref }, decodeSegment)
    yield { manifests, ref }
    ref = reachesBelow({ manifests }, boundary()) ? undefined : previous
  }
}

function reachesBelow({ manifests: [oldest] }: Stretch, boundary: Token): boolean {
  return oldest !== undefined && attemptOfManifest(oldest).token < boundary
}
