import type { Attempt } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import type { ObjectRef, Stored } from '../../src/checkpoint/stored.ts'
import { assert } from '../../src/util/assert.ts'
import type { Work } from './actor.ts'
import { STREAM } from './world.ts'

/** Real plans and manifests of one stream, one output and one state, as small as they can be. */
export interface Range {
  readonly from: number
  readonly until: number
}

export function planOf(batchTime: number, { from, until }: Range): Stored<Plan> {
  const range = { partition: STREAM, from, until }
  const source = { kind: 'model', version: 1, ranges: [range], next: until, more: false }
  const plan: Plan = {
    formatVersion: 1,
    batchTime,
    clockMs: 0,
    seed: 0,
    fingerprint: '',
    sources: { [STREAM]: source },
  }
  return { kind: 'inline', value: plan }
}

export function rangeOf(plan: Stored<Plan>): Range {
  const range = inlined(plan).sources[STREAM]?.ranges[0]
  assert(range !== undefined, 'a plan of the model has one range')
  return { from: Number(range.from), until: Number(range.until) }
}

/** Where an attempt stages what it makes. */
export interface Names {
  readonly outputKey: (attempt: Attempt) => string
  readonly stateKey: (attempt: Attempt) => string
}

export function manifestOf(work: Work, attempt: Attempt, { outputKey, stateKey }: Names): Stored<Manifest> {
  const { until, from } = rangeOf(work.plan.plan)
  const staged = {
    name: 'part',
    sizeBytes: 0,
    crc32c: '',
    at: { kind: 'object', ref: ref(outputKey(attempt)) },
  } as const
  const snapshot = { operator: 'state', partition: 0, batchTime: attempt.batchTime, object: ref(stateKey(attempt)) }
  const manifest: Manifest = {
    formatVersion: 1,
    attempt,
    plan: work.plan.plan,
    positions: { [STREAM]: until },
    state: { snapshots: [snapshot], changelogs: [] },
    outputs: from === until ? [] : [{ output: 'out', kind: 'model', files: [staged] }],
    stats: { records: {}, attempts: 1, submissionTime: 0, processingStartTime: 0, processingEndTime: 0 },
  }
  return { kind: 'inline', value: manifest }
}

/** What the head names as committed last. */
export function committedManifest({ committed }: Pick<Head, 'committed'>): Manifest | undefined {
  return committed && inlined(committed.manifest)
}

export function nextPosition(head: Head): number {
  return Number(committedManifest(head)?.positions[STREAM] ?? 0)
}

export function rangeText({ from, until }: Range): string {
  return `[${from},${until})`
}

export function inlined<T>(stored: Stored<T>): T {
  assert(stored.kind === 'inline', 'records of the model travel in the head')
  return stored.value
}

function ref(key: string): ObjectRef {
  return { key, sizeBytes: 0, crc32c: '' }
}
