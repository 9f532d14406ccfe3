import { type BatchTime, sameAttempt } from '../checkpoint/attempt.ts'
import { decodeManifest } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import { SluiceError } from '../util/errors.ts'
import { notRetained, type Reading, unlessGivenUp, untilGivenUp, whileRetained } from './given-up.ts'
import { manifestOf, manifests, retainedManifests } from './history.ts'
import type { Runtime } from './runtime.ts'
import { load } from './stored.ts'

/** A committed batch, and the one that it built on. */
export interface PastBatch {
  readonly manifest: Manifest
  /** Absent for the first batch. */
  readonly before: Manifest | undefined
}

/** Batch times, both ends inclusive; open where absent. */
export interface BatchRange {
  readonly from?: BatchTime
  readonly until?: BatchTime
}

/**
 * A committed batch with what it takes to evaluate it again. Rejects with code `batch-not-found`, `base-not-retained` or
 * `before-reset`.
 */
export async function pastBatch(runtime: Runtime, head: Head | undefined, batchTime: BatchTime): Promise<PastBatch> {
  if (head === undefined) throw notRetained(runtime, batchTime)
  const manifest = await retainedBatch(runtime, head, batchTime)
  const { predecessor } = manifest
  const base = predecessor && manifestOf(runtime.checkpoint, head, predecessor.batchTime)
  const past = { manifest, before: base && (await unlessGivenUp(runtime, head, base)) }
  const obstacle = whyNotAgain(head, past)
  if (obstacle !== undefined) throw await refused(runtime, head, { obstacle, batchTime })
  return past
}

/** A committed batch with the state that it left; what it built on may be gone. Rejects with code `batch-not-found`. */
export async function retainedBatch(runtime: Runtime, head: Head, batchTime: BatchTime): Promise<Manifest> {
  return whileRetained(runtime, { head, batchTime }, manifestAt(runtime, head, batchTime))
}

/** What an incarnation begins with may have the time of the last batch before, and that is what is asked for. */
async function manifestAt({ checkpoint }: Runtime, head: Head, batchTime: BatchTime): Promise<Manifest | undefined> {
  let found: Stored<Manifest> | undefined
  for await (const stored of retainedManifests(checkpoint, head)) {
    const time = attemptOfManifest(stored).batchTime
    if (time < batchTime) break
    if (time === batchTime) found = stored
  }
  return found && load(checkpoint, found, decodeManifest)
}

/**
 * The retained batches of a range, the oldest first, with what they built on. Where the range says with which it begins, each
 * must be one that can be evaluated again: rejects with code `base-not-retained` or `before-reset`.
 */
export async function* pastBatches(runtime: Runtime, head: Head, range: BatchRange): AsyncGenerator<PastBatch> {
  let before: Manifest | undefined
  for (const stored of await retainedWithin(runtime, head, range)) {
    const { batchTime, incarnation } = attemptOfManifest(stored)
    const isRefused = range.from !== undefined && isWithin(batchTime, range)
    // Nothing goes on from a batch of before a reset, and its name says that it is one.
    if (incarnation !== head.incarnation && !isRefused) continue
    const manifest = await loadRetained(runtime, head, stored)
    const base = before
    before = manifest
    if (manifest.began !== undefined || !isWithin(batchTime, range)) continue
    const past = { manifest, before: manifest.predecessor && base }
    const obstacle = whyNotAgain(head, past)
    if (obstacle === undefined) yield past
    else if (range.from !== undefined) throw await refused(runtime, head, { obstacle, batchTime })
  }
}

type Obstacle = 'base-not-retained' | 'before-reset'

/** Why a batch cannot be evaluated again: the state of the batch before is where it begins. */
function whyNotAgain({ incarnation }: Head, { manifest, before }: PastBatch): Obstacle | undefined {
  const { attempt, predecessor, began } = manifest
  if (began !== undefined || attempt.incarnation !== incarnation) return 'before-reset'
  if (predecessor === undefined || (before !== undefined && sameAttempt(before.attempt, predecessor))) return undefined
  return 'base-not-retained'
}

/** The retained batches of a range, the oldest first, whatever they built on, of any incarnation. */
export async function* retainedBetween(runtime: Runtime, head: Head, range: BatchRange): AsyncGenerator<Manifest> {
  for (const stored of await retainedWithin(runtime, head, range)) {
    if (!isWithin(attemptOfManifest(stored).batchTime, range)) continue
    const manifest = await loadRetained(runtime, head, stored)
    if (manifest.began === undefined) yield manifest
  }
}

/** The retained batches, the newest first, of any incarnation. */
export function latestBatches(runtime: Reading, head: Head): AsyncGenerator<Manifest> {
  return untilGivenUp(runtime, head, manifests(runtime.checkpoint, head))
}

function loadRetained(runtime: Runtime, head: Head, stored: Stored<Manifest>): Promise<Manifest> {
  const { batchTime } = attemptOfManifest(stored)
  return whileRetained(runtime, { head, batchTime }, load(runtime.checkpoint, stored, decodeManifest))
}

/** What is retained of a range, and the one before it, the oldest first. */
async function retainedWithin(
  runtime: Runtime,
  head: Head,
  { from = 0, until = Number.POSITIVE_INFINITY }: BatchRange,
): Promise<Stored<Manifest>[]> {
  const found: Stored<Manifest>[] = []
  for await (const stored of untilGivenUp(runtime, head, retainedManifests(runtime.checkpoint, head))) {
    const { batchTime } = attemptOfManifest(stored)
    if (batchTime <= until) found.push(stored)
    if (batchTime < from) break
  }
  return found.reverse()
}

function isWithin(batchTime: BatchTime, { from = 0, until = Number.POSITIVE_INFINITY }: BatchRange): boolean {
  return batchTime >= from && batchTime <= until
}

export function noneRetained(runtime: Runtime, { from, until }: BatchRange): SluiceError {
  if (from !== undefined && from === until) return notRetained(runtime, from)
  const range = [from === undefined ? '' : ` from ${from} ms`, until === undefined ? '' : ` until ${until} ms`].join('')
  return new SluiceError({
    code: 'batch-not-found',
    kind: 'invalid',
    message: `There is no retained batch of ${runtime.app}${range}; list the batches to see which there are`,
  })
}

const WHY_NOT: Readonly<Record<Obstacle, string>> = {
  'base-not-retained': 'The state that this batch began with is no longer retained',
  // The grid and the code of others are gone: the same bytes are not to be expected.
  'before-reset': 'This batch is from before the application began, or was last reset',
}

/** The oldest batch that is retained has seldom what it began with, so what would do is not to be read off a list of them. */
async function refused(
  runtime: Runtime,
  head: Head,
  { obstacle, batchTime }: { readonly obstacle: Obstacle; readonly batchTime: BatchTime },
): Promise<SluiceError> {
  // Whatever is wrong with another batch, this one is refused.
  const which = await firstAgain(runtime, head).then(whichCan, () => 'list the batches to see which can')
  return new SluiceError({
    code: obstacle,
    kind: 'invalid',
    message: `${WHY_NOT[obstacle]}, so it cannot be run again; ${which}: ${batchTime} ms`,
  })
}

function whichCan(first: BatchTime | undefined): string {
  return first === undefined ? 'there is none yet that can' : `the first that can is that of ${first} ms`
}

async function firstAgain(runtime: Runtime, head: Head): Promise<BatchTime | undefined> {
  for await (const { manifest } of pastBatches(runtime, head, {}))
    if (manifest.skipped === undefined) return manifest.attempt.batchTime
  return undefined
}
