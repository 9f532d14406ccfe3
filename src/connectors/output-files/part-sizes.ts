import type { PartSizes, StagedFile } from '../../checkpoint/manifest.ts'

const MIB = 1024 ** 2
/** S3's own limit. */
const MAX_PIECES = 10_000
const UPLOAD_BYTES = 8 * MIB
/** What S3 copies within seconds, without an answer before. */
const COPY_BYTES = 256 * MIB

/** Pieces of the usual size, larger if the largest file had too many of them; `undefined` where every file is one piece. */
export function partSizes(files: readonly StagedFile[]): PartSizes | undefined {
  const largest = files.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0)
  if (largest <= UPLOAD_BYTES) return undefined
  const needed = Math.ceil(largest / MAX_PIECES / MIB) * MIB
  return { uploadBytes: Math.max(UPLOAD_BYTES, needed), copyBytes: COPY_BYTES }
}
