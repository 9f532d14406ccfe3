import type { BigIntStats } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import type { ObjectInfo } from '../../ports/object-store.ts'
import { isAbsent } from './file-error.ts'

/** How far a new file's time must be from the old one's: what ext4, what HFS+ and what FAT can tell apart. */
const STEPS_MS = [0.001, 1, 2000]

/**
 * A file as an object. The ETag is made of size and modification time in nanoseconds: it costs no reading, and files
 * that others put there have one, too. What it takes to change whenever the content does:
 * - What a store writes gets a modification time later than that of the file which it replaces (`stampAfter`), with random
 *   microseconds: the kernel's own times stand still for some 4 ms, in which an object can be written several times.
 * - A copy takes its source's time, so that all who copy one object make one ETag; hence the inode is no part of it.
 * - Somebody else's program that changes a file in place and puts its time back is not noticed.
 */
export function objectInfo(key: string, stats: BigIntStats): ObjectInfo {
  return {
    key,
    sizeBytes: Number(stats.size),
    etag: `${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}`,
    lastModifiedMs: Number(stats.mtimeNs / 1_000_000n),
  }
}

/** Gives a new file a time that no earlier content of `target` had. Returns the file's properties after that. */
export async function stampAfter(target: string, handle: FileHandle, nowMs: number): Promise<BigIntStats> {
  const before = await statOrUndefined(target)
  const beforeMs = before === undefined ? 0 : timeMs(before)
  let stats = await stamp(handle, Math.max(nowMs + Math.random(), beforeMs + 0.001 + Math.random()))
  for (const stepMs of STEPS_MS) {
    if (before === undefined || stats.mtimeNs > before.mtimeNs) break
    stats = await stamp(handle, beforeMs + stepMs)
  }
  return stats
}

/** Sets a file's time, to within what a double of seconds can hold: all who set one time get the same. */
export async function stamp(handle: FileHandle, ms: number): Promise<BigIntStats> {
  await handle.utimes(ms / 1000, ms / 1000)
  return handle.stat({ bigint: true })
}

export function timeMs(stats: BigIntStats): number {
  return Number(stats.mtimeNs) / 1e6
}

export async function statOrUndefined(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
