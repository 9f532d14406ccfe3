import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppId } from '../checkpoint/attempt.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { FileHeadRegister } from './stores/file-head-register.ts'

/** A checkpoint directory as a path of this machine: `/data/ck`, `file:///data/ck`. Others are refused. */
export function checkpointPath(directory: string): string {
  if (directory.startsWith('file:')) return fileURLToPath(directory)
  if (!/^[a-z][a-z0-9+.-]+:/i.test(directory)) return directory
  throw new SluiceError({
    code: 'bad-checkpoint-directory',
    kind: 'invalid',
    message: `A StreamingContext keeps its checkpoint in a directory of this machine; run an application of defineApp elsewhere: ${directory}`,
  })
}

/**
 * The directory if its checkpoint of `app` can be read, or there is none. With `createOnError`, else the first below it of
 * which that holds: nothing that is damaged is written over, as its names are taken for ever.
 */
export async function readableDirectory(directory: string, app: AppId, createOnError: boolean): Promise<string> {
  for (let again = 0; ; again++) {
    const candidate = again === 0 ? directory : join(checkpointPath(directory), `again-${again}`)
    try {
      await new FileHeadRegister(checkpointPath(candidate)).read(app)
      return candidate
    } catch (error) {
      if (!createOnError || !(error instanceof SluiceError) || error.kind !== 'data') throw unreadable(directory, error)
    }
  }
}

function unreadable(directory: string, cause: unknown): SluiceError {
  return new SluiceError({
    code: 'checkpoint-unreadable',
    kind: 'data',
    message: `Failed to read checkpoint from directory ${directory}: ${messageOf(cause)}`,
    cause,
  })
}

/** Of a stream that may not run without one. */
export function noCheckpointDirectory(site: string): SluiceError {
  return new SluiceError({
    code: 'no-checkpoint-directory',
    kind: 'invalid',
    message: `The checkpoint directory has not been set. Please set it by StreamingContext.checkpoint(). ${site} needs it.`,
  })
}
