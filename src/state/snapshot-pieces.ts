import type { SnapshotRef } from '../checkpoint/manifest.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import type { StoredBytes } from './stored-parts.ts'

/** Of all the objects that a snapshot is. */
export function snapshotSizeBytes({ earlier = [], object }: SnapshotRef): number {
  return earlier.reduce((sum, { sizeBytes }) => sum + sizeBytes, object.sizeBytes)
}

/** Stored bytes that lie in several objects, one after the other; called by the name of the last. */
export function joinedBytes(pieces: readonly [...StoredBytes[], StoredBytes]): StoredBytes {
  const last = pieces[pieces.length - 1] as StoredBytes
  if (pieces.length === 1) return last
  const starts: number[] = []
  let sizeBytes = 0
  for (const piece of pieces) {
    starts.push(sizeBytes)
    sizeBytes += piece.sizeBytes
  }
  return {
    name: last.name,
    sizeBytes,
    async read(start, end) {
      const reads = pieces.flatMap((piece, i) => {
        const at = starts[i] as number
        const [from, until] = [Math.max(start - at, 0), Math.min(end - at, piece.sizeBytes)]
        return from < until ? [piece.read(from, until)] : []
      })
      const [first = new Uint8Array(), ...others] = await Promise.all(reads)
      return others.length === 0 ? first : concatBytes([first, ...others])
    },
  }
}
