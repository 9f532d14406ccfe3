import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { SluiceError } from '../util/errors.ts'
import { manifestOf } from './history.ts'
import type { Runtime } from './runtime.ts'

/** A committed batch, and the one that it built on. */
export interface PastBatch {
  readonly manifest: Manifest
  /** Absent for the first batch. */
  readonly before: Manifest | undefined
}

/** A committed batch with what it takes to evaluate it again. Rejects with code `batch-not-found`. */
export async function pastBatch(runtime: Runtime, head: Head | undefined, batchTime: BatchTime): Promise<PastBatch> {
  const manifest = head && (await manifestOf(runtime.checkpoint, head, batchTime))
  if (head === undefined || manifest === undefined) throw notRetained(runtime, batchTime)
  const { predecessor } = manifest
  if (predecessor === undefined) return { manifest, before: undefined }
  const before = await manifestOf(runtime.checkpoint, head, predecessor.batchTime)
  if (before === undefined) throw notRetained(runtime, predecessor.batchTime)
  return { manifest, before }
}

export function notRetained({ app }: Runtime, batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'batch-not-found',
    kind: 'invalid',
    message: `No retained batch of ${app} has this time; list the batches to see which there are: ${batchTime} ms`,
  })
}
