import type { Attempt } from '../checkpoint/attempt.ts'
import { mergedChangelogKey } from '../checkpoint/names.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { SealedMerge } from '../state/state-run.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import type { Runtime } from './runtime.ts'
import { putObject } from './stored.ts'

/**
 * Writes several changelogs as one. If they cannot be read or it cannot be written, they stay as they are, and a later batch tries
 * again: a batch need not fail for what it can do without.
 */
export async function stageMerged(
  runtime: Runtime,
  attempt: Attempt,
  merge: SealedMerge,
): Promise<ObjectRef | undefined> {
  const { app, checkpoint, log } = runtime
  try {
    return await putObject(checkpoint, mergedChangelogKey(app, attempt), await merge.bytes())
  } catch (error) {
    if (!isOfStorage(error)) throw error
    log.warn('changelogs-not-merged', { app, batchTime: attempt.batchTime, error: messageOf(error) })
    return undefined
  }
}

function isOfStorage(error: unknown): boolean {
  return error instanceof SluiceError && (error.kind === 'retryable' || error.kind === 'data')
}
