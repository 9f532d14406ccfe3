import type { SourceEdit } from './mutations/source-edit.ts'

/**
 * Thresholds of the product, made small: what takes kilobytes or dozens of batches to come about, as objects of their own,
 * snapshots or segments, then comes about in a few batches of a few records. The code on both sides of each is the product's.
 */
export const SCALING: readonly SourceEdit[] = [
  { file: 'src/scheduler/run.ts', find: 'INLINE_OUTPUT_BYTES = 4 * 1024', replace: 'INLINE_OUTPUT_BYTES = 100' },
  { file: 'src/scheduler/stage.ts', find: 'INLINE_CHANGES_BYTES = 4 * 1024', replace: 'INLINE_CHANGES_BYTES = 120' },
  { file: 'src/scheduler/shed-history.ts', find: 'RECENT_BYTES = 24 * 1024', replace: 'RECENT_BYTES = 2_400' },
  { file: 'src/scheduler/stored.ts', find: 'INLINE_BYTES = 8 * 1024', replace: 'INLINE_BYTES = 800' },
  {
    file: 'src/state/snapshot-policy.ts',
    find: 'minBytes: 64 * 1024,\n  maxChangelogs: 1024,\n  wholeEntries: 200_000,\n  wholeBytes: 8 * 1024 * 1024,\n  heldBytes: 128 * 1024 * 1024,\n  pieceBytes: 1024 * 1024,\n  mergedAtOnce: 32',
    replace:
      'minBytes: 120, maxChangelogs: 8, wholeEntries: 2, wholeBytes: 300, heldBytes: 600, pieceBytes: 60, mergedAtOnce: 3',
  },
  { file: 'src/state/snapshot-writer.ts', find: 'const BLOCK_BYTES = 8 * 1024', replace: 'const BLOCK_BYTES = 48' },
  {
    file: 'src/state/snapshot-writer.ts',
    find: 'ORDERED_BLOCK_BYTES = 64 * 1024',
    replace: 'ORDERED_BLOCK_BYTES = 48',
  },
  { file: 'src/state/snapshot-policy.ts', find: 'CHANGES_TIMES = 2', replace: 'CHANGES_TIMES = 0.5' },
  { file: 'src/state/held-memory.ts', find: 'CHANGES_SHARE = 0.5', replace: 'CHANGES_SHARE = 2' },
  { file: 'src/state/expiry-times.ts', find: 'PART_BYTES = 4096', replace: 'PART_BYTES = 16' },
  { file: 'src/state/stored-snapshot.ts', find: 'WHOLE_BYTES = 512 * 1024', replace: 'WHOLE_BYTES = 160' },
  { file: 'src/state/stored-snapshot.ts', find: 'END_BYTES = 128 * 1024', replace: 'END_BYTES = 64' },
  { file: 'src/state/stored-parts.ts', find: 'GAP_BYTES = 16 * 1024', replace: 'GAP_BYTES = 8' },
  { file: 'src/state/stored-parts.ts', find: 'RUN_BYTES = 1024 * 1024', replace: 'RUN_BYTES = 160' },
  { file: 'src/state/rows.ts', find: 'SLACK = 1024', replace: 'SLACK = 4' },
  { file: 'src/state/expiry-index.ts', find: 'LIST_NOTES = 4096', replace: 'LIST_NOTES = 2' },
  { file: 'src/scheduler/operator-act.ts', find: 'ACT_LEASE_MS = 2 * 60_000', replace: 'ACT_LEASE_MS = 300' },
  {
    file: 'src/connectors/receiver/received-blocks.ts',
    find: 'LISTING_INTERVAL_MS = 60_000',
    replace: 'LISTING_INTERVAL_MS = 1_500',
  },
  // Half of the worlds with a receiver give marks up then; a request comes late by ten seconds at most, and in these hardly any
  // world reads, collects and forgets a block, and reads those of four other sessions.
  { file: 'src/connectors/receiver/received-blocks.ts', find: 'SESSIONS_KEPT = 64', replace: 'SESSIONS_KEPT = 4' },
  { file: 'src/scheduler/regular-collection.ts', find: 'LEAST_MS = 5_000', replace: 'LEAST_MS = 300' },
  {
    file: 'src/checkpoint/retention.ts',
    find: 'LEAST_SHADOW_MS = 24 * 60 * 60_000',
    replace: 'LEAST_SHADOW_MS = 3_000',
  },
]
