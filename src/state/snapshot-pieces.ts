import type { SnapshotRef } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import type { StoredBytes } from './stored-parts.ts'

/** The objects that a snapshot is, one after the other. */
export function piecesOf({ earlier = [], object }: SnapshotRef): readonly ObjectRef[] {
  return [...earlier, object]
}

/** Of all its pieces. */
export function snapshotBytes(ref: SnapshotRef): number {
  return piecesOf(ref).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
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
      const [first, ...others] = await Promise.all(reads)
      return first && others.length === 0 ? first : concatBytes(first ? [first, ...others] : [])
    },
  }
}
