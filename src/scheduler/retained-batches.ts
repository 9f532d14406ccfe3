import type { Token } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { isRetained } from '../checkpoint/retention.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import { stretches } from './history.ts'
import type { Invocation } from './invocation.ts'

/** What collection keeps of the history, and where that ends. */
export interface RetainedBatches {
  readonly boundary: Token
  /** Not below the boundary, the newest first. */
  readonly manifests: readonly Stored<Manifest>[]
  /**
   * What reading as far as the boundary reads: segments, and manifests that are objects. Those a little below it are among
   * them, as changes that they carry inline may still be part of the state (P12).
   */
  readonly records: readonly ObjectRef[]
}

/**
 * Reads the history as far as batches are to be kept. One more than that stays: to replay a batch takes the state before it.
 * Attempts of one lease share a token, so some older batches may stay as well.
 */
export async function retainedBatches({ runtime, signal }: Invocation, head: Head): Promise<RetainedBatches> {
  const manifests: Stored<Manifest>[] = []
  const records: ObjectRef[] = []
  const newest = head.committed?.attempt.batchTime ?? head.zeroTime
  let boundary: Token | undefined
  let place = 0
  for await (const stretch of stretches(runtime.checkpoint, head, () => boundary ?? head.boundary)) {
    signal.throwIfAborted()
    if (stretch.ref !== undefined) records.push(stretch.ref)
    for (const stored of stretch.manifests) if (stored.kind === 'object') records.push(stored.ref)
    for (const stored of stretch.manifests.toReversed()) {
      const { batchTime, token } = attemptOfManifest(stored)
      if (token < (boundary ?? head.boundary)) break
      manifests.push(stored)
      if (boundary === undefined && !isRetained(runtime.retention, { place: place++, batchTime, newest }))
        boundary = token
    }
  }
  return { boundary: boundary ?? head.boundary, manifests, records }
}
