import type { StagedOutput } from '../../checkpoint/manifest.ts'
import type { ObjectStore, Storage } from '../../ports/object-store.ts'
import type { Closing } from '../../ports/sink.ts'
import { assert } from '../../util/assert.ts'
import { SUCCESS } from './batch-directory.ts'

/** Closes a batch's directory by an empty file, which comes after every other (rule `success-last`). */
export function successFile(storage: Storage): Closing {
  return {
    async close(staged, { signal }) {
      signal.throwIfAborted()
      await destinationOf(staged, storage).put(SUCCESS, new Uint8Array(0))
    },
    async isClosed(staged) {
      return (await destinationOf(staged, storage).head(SUCCESS)) !== undefined
    },
  }
}

export function destinationOf({ destination, output }: StagedOutput, storage: Storage): ObjectStore {
  assert(destination !== undefined, `staged files without a destination: ${output}`)
  return storage.open(destination)
}
