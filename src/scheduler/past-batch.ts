import { type BatchTime, sameAttempt } from '../checkpoint/attempt.ts'
import { decodeManifest } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import { SluiceError } from '../util/errors.ts'
import { manifestOf, retainedManifests } from './history.ts'
import { isLostGround } from './lost-ground.ts'
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

/** A committed batch with what it takes to evaluate it again. Rejects with code `batch-not-found`. */
export async function pastBatch(runtime: Runtime, head: Head | undefined, batchTime: BatchTime): Promise<PastBatch> {
  if (head === undefined) throw notRetained(runtime, batchTime)
  const manifest = await retainedBatch(runtime, head, batchTime)
  const { predecessor } = manifest
  if (predecessor === undefined) return { manifest, before: undefined }
  const wanted = manifestOf(runtime.checkpoint, head, predecessor.batchTime)
  const before = await whileRetained(runtime, { head, batchTime }, wanted)
  if (before === undefined) throw baseNotRetained(batchTime)
  return { manifest, before }
}

/** A committed batch with the state that it left; what it built on may be gone. Rejects with code `batch-not-found`. */
export async function retainedBatch(runtime: Runtime, head: Head, batchTime: BatchTime): Promise<Manifest> {
  const manifest = await whileRetained(runtime, { head, batchTime }, manifestAt(runtime, head, batchTime))
  if (manifest === undefined) throw notRetained(runtime, batchTime)
  return manifest
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
    const manifest = await loadRetained(runtime, head, stored)
    const base = before
    before = manifest
    if (manifest.began !== undefined || !isWithin(manifest.attempt.batchTime, range)) continue
    const refusal = whyNotAgain(head, { manifest, before: base })
    if (refusal === undefined) yield { manifest, before: manifest.predecessor && base }
    else if (range.from !== undefined) throw refusal
  }
}

/** Why a batch cannot be evaluated again. */
function whyNotAgain({ incarnation }: Head, { manifest, before }: PastBatch): SluiceError | undefined {
  const { attempt, predecessor } = manifest
  if (attempt.incarnation !== incarnation) return beforeReset(attempt.batchTime)
  if (predecessor === undefined || (before !== undefined && sameAttempt(before.attempt, predecessor))) return undefined
  return baseNotRetained(attempt.batchTime)
}

/** The retained batches of a range, the oldest first, whatever they built on, of any incarnation. */
export async function* retainedBetween(runtime: Runtime, head: Head, range: BatchRange): AsyncGenerator<Manifest> {
  for (const stored of await retainedWithin(runtime, head, range)) {
    if (!isWithin(attemptOfManifest(stored).batchTime, range)) continue
    const manifest = await loadRetained(runtime, head, stored)
    if (manifest.began === undefined) yield manifest
  }
}

/**
 * What is gone because a collection gave it up after the head was read is no damage. Nobody who reads the past has a lease that would
 * keep collections away.
 */
export async function whileRetained<T>(runtime: Runtime, { head, batchTime }: Wanted, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    throw (await isGivenUp(runtime, head, error)) ? notRetained(runtime, batchTime) : error
  }
}

async function isGivenUp({ register, app }: Runtime, head: Head, error: unknown): Promise<boolean> {
  const now = isLostGround(error) ? await register.read(app) : undefined
  return now !== undefined && now.boundary > head.boundary
}

interface Wanted {
  /** As it was read. */
  readonly head: Head
  readonly batchTime: BatchTime
}

function loadRetained(runtime: Runtime, head: Head, stored: Stored<Manifest>): Promise<Manifest> {
  const { batchTime } = attemptOfManifest(stored)
  return whileRetained(runtime, { head, batchTime }, load(runtime.checkpoint, stored, decodeManifest))
}

/**
 * What is retained of a range, and the one before it, the oldest first. A segment that is gone has been given up with everything
 * in it and before it, so what is retained ends there.
 */
async function retainedWithin(
  runtime: Runtime,
  head: Head,
  { from = 0, until = Number.POSITIVE_INFINITY }: BatchRange,
): Promise<Stored<Manifest>[]> {
  const found: Stored<Manifest>[] = []
  try {
    for await (const stored of retainedManifests(runtime.checkpoint, head)) {
      const { batchTime } = attemptOfManifest(stored)
      if (batchTime <= until) found.push(stored)
      if (batchTime < from) break
    }
  } catch (error) {
    if (!(await isGivenUp(runtime, head, error))) throw error
  }
  return found.reverse()
}

function isWithin(batchTime: BatchTime, { from = 0, until = Number.POSITIVE_INFINITY }: BatchRange): boolean {
  return batchTime >= from && batchTime <= until
}

export function notRetained({ app }: Runtime, batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'batch-not-found',
    kind: 'invalid',
    message: `No retained batch of ${app} has this time; list the batches to see which there are: ${batchTime} ms`,
  })
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

/** The state of the batch before it is where it begins. */
function baseNotRetained(batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'base-not-retained',
    kind: 'invalid',
    message: `The batch before this one is no longer retained, and with it the state that it began with; choose a later one: ${batchTime} ms`,
  })
}

/** Its grid and its code are gone: the same bytes are not to be expected. */
export function beforeReset(batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'before-reset',
    kind: 'invalid',
    message: `Only batches since the application began, or was last reset, can be run again: ${batchTime} ms`,
  })
}
