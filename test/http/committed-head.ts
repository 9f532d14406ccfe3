import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import type { Stored } from '../../src/checkpoint/stored.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'

export const BATCH_INTERVAL_MS = 10_000

const PLAN: Plan = { formatVersion: 1, batchTime: 0, clockMs: 0, seed: 0, fingerprint: '', sources: {} }

/** A head in which the batches 10,000, 20,000, … are committed. */
export function headAfter(batches: number, changes: Partial<Head> = {}): Head {
  const all = Array.from({ length: batches }, (_, i) => inline(manifestAt((i + 1) * BATCH_INTERVAL_MS)))
  const last = all.at(-1)
  return {
    ...unborn({ app: 'orders', zeroTime: 0, batchIntervalMs: BATCH_INTERVAL_MS }),
    version: 1,
    token: 1 as Token,
    ...(last === undefined ? {} : { committed: { attempt: last.value.attempt, manifest: last, published: true } }),
    history: { recent: all.slice(0, -1) },
    ...changes,
  }
}

export function manifestAt(batchTime: number): Manifest {
  return {
    formatVersion: 1,
    attempt: attemptAt(batchTime),
    plan: inline(PLAN),
    positions: {},
    state: { snapshots: [], changelogs: [] },
    outputs: [{ output: 'text-1', kind: 'text', destination: `s3://b/out-${batchTime}`, files: [] }],
    stats: {
      records: { a: 3, b: 4 },
      attempts: 2,
      submissionTime: batchTime + 1,
      processingStartTime: batchTime + 3,
      processingEndTime: batchTime + 10,
    },
  }
}

export function attemptAt(batchTime: number): Attempt {
  return { incarnation: 1, batchTime, token: 1 as Token, number: 1 }
}

export function inline<T>(value: T): Extract<Stored<T>, { readonly kind: 'inline' }> {
  return { kind: 'inline', value }
}

/** A planned batch that has failed. */
export function failing(batchTime: number): Partial<Head> {
  const failure = { message: 'No such stream: orders', code: 'stream-missing', atMs: batchTime + 5, count: 2 }
  return { planned: { batchTime, token: 1 as Token, attempts: 2, plan: inline(PLAN), failure } }
}
