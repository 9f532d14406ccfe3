import type { SourceEdit } from './mutations/source-edit.ts'

/**
 * Thresholds of the product, made small: what takes kilobytes or dozens of batches to come about, as objects of their own,
 * snapshots or segments, then comes about in a few batches of a few records. The code on both sides of each is the product's.
 */
export const SCALING: readonly SourceEdit[] = [
  { file: 'src/scheduler/run.ts', find: 'INLINE_OUTPUT_BYTES = 4 * 1024', replace: 'INLINE_OUTPUT_BYTES = 40' },
  { file: 'src/scheduler/stage.ts', find: 'INLINE_CHANGES_BYTES = 4 * 1024', replace: 'INLINE_CHANGES_BYTES = 120' },
  { file: 'src/scheduler/stage.ts', find: 'RECENT_BYTES = 24 * 1024', replace: 'RECENT_BYTES = 3_000' },
  { file: 'src/scheduler/stored.ts', find: 'INLINE_BYTES = 8 * 1024', replace: 'INLINE_BYTES = 900' },
  {
    file: 'src/state/snapshot-policy.ts',
    find: 'minBytes: 64 * 1024, maxChangelogs: 64',
    replace: 'minBytes: 60, maxChangelogs: 5',
  },
  { file: 'src/scheduler/collect-if-due.ts', find: 'LEAST_MS = 5_000', replace: 'LEAST_MS = 300' },
]
