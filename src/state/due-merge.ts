import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef } from '../checkpoint/manifest.ts'
import type { SnapshotPolicy } from './snapshot-policy.ts'

/**
 * The changelogs to be written as one, if any are: as many neighbours as it takes, merged equally often, that are not too large
 * together. Of several, those merged least often, and the oldest of these. None lie on both sides of a time in `apart`.
 */
export function dueMerge(
  changelogs: readonly ChangelogRef[],
  { mergedAtOnce, mergedBytes }: SnapshotPolicy,
  apart: readonly BatchTime[],
): readonly ChangelogRef[] | undefined {
  let due: readonly ChangelogRef[] | undefined
  let run: readonly ChangelogRef[] = []
  for (const ref of changelogs) {
    const last = run.at(-1)
    if (last && (tierOf(last) !== tierOf(ref) || areApart(last, ref, apart))) run = []
    run = [...run, ref].slice(-mergedAtOnce)
    while (bytesOf(run) > mergedBytes) run = run.slice(1)
    if (run.length === mergedAtOnce && (due === undefined || tierOf(ref) < tierOf(due[0]))) due = run
  }
  return due
}

/** How often the changes were merged. */
export function tierOf(ref: ChangelogRef | undefined): number {
  return ref?.merged ?? 0
}

function areApart(a: ChangelogRef, b: ChangelogRef, apart: readonly BatchTime[]): boolean {
  return apart.some((time) => a.batchTime <= time && time < b.batchTime)
}

function bytesOf(refs: readonly ChangelogRef[]): number {
  return refs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
