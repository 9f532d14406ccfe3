import type { DataFile } from './data-file.ts'

/** Part of a file that one partition reads. */
export interface FileSplit {
  readonly file: DataFile
  readonly start: number
  /** Not part of it. */
  readonly end: number
}

/** A rest of up to this share of a split goes with the last one, as in Hadoop. */
const SLOP = 1.1
/** No split is larger, however few partitions are wanted: memory and time of a task follow it. */
const MAX_SPLIT_BYTES = 128 * 1024 * 1024

/** Cuts files so that there are about `minPartitions` pieces of equal size or more, as Hadoop's `FileInputFormat` does. */
export function splitsOf(files: readonly DataFile[], minPartitions: number): FileSplit[] {
  const total = files.reduce((sum, { info }) => sum + info.sizeBytes, 0)
  const goal = Math.floor(total / Math.max(1, minPartitions))
  const size = Math.max(1, Math.min(goal, MAX_SPLIT_BYTES))
  return files.flatMap((file) => (isCompressed(file) ? [whole(file)] : cut(file, size)))
}

export function isCompressed({ info }: DataFile): boolean {
  return info.key.endsWith('.gz')
}

/** Cuts at multiples of a record's length only. */
export function recordSplitsOf(files: readonly DataFile[], recordLength: number): FileSplit[] {
  const size = Math.max(recordLength, MAX_SPLIT_BYTES - (MAX_SPLIT_BYTES % recordLength))
  return files.flatMap((file) => cut(file, size))
}

/** Files side by side in about `minPartitions` groups, in their order. */
export function groupsOf(files: readonly DataFile[], minPartitions: number): DataFile[][] {
  const groups = Math.max(1, Math.min(minPartitions, files.length))
  const start = (group: number): number => Math.floor((group * files.length) / groups)
  const made = Array.from({ length: groups }, (_, group) => files.slice(start(group), start(group + 1)))
  return files.length === 0 ? [] : made
}

function whole(file: DataFile): FileSplit {
  return { file, start: 0, end: file.info.sizeBytes }
}

function cut(file: DataFile, size: number): FileSplit[] {
  const splits: FileSplit[] = []
  let start = 0
  for (; (file.info.sizeBytes - start) / size > SLOP; start += size) splits.push({ file, start, end: start + size })
  // An empty file has a split, too, as in Hadoop.
  if (start < file.info.sizeBytes || start === 0) splits.push({ file, start, end: file.info.sizeBytes })
  return splits
}
