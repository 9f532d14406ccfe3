import type { Token } from '../../src/checkpoint/attempt.ts'
import type { HistorySegment } from '../../src/checkpoint/head.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import type { Savepoint } from '../../src/checkpoint/savepoint.ts'

const REF = { key: 'app/object', sizeBytes: 1, crc32c: '00000000' }

export const plan: Plan = {
  formatVersion: 1,
  batchTime: 1000,
  clockMs: 1000,
  seed: 7,
  fingerprint: 'f',
  sources: {
    in: { kind: 'file', version: 1, ranges: [{ partition: 'a', from: 0, until: 1 }], next: null, more: false },
  },
}
export const manifest: Manifest = {
  formatVersion: 1,
  attempt: { incarnation: 1, batchTime: 1000, token: 1 as Token, number: 1 },
  plan: { kind: 'inline', value: plan },
  positions: { in: null, other: {} },
  otherInputs: { other: 'queue' },
  marks: { blocks: { 'session-1': [0, 3, 5, 6] } },
  state: {
    snapshots: [{ operator: 'a', partition: 0, batchTime: 500, object: REF, earlier: [REF] }],
    changelogs: [
      { batchTime: 900, sizeBytes: 5, object: REF, merged: 1 },
      { batchTime: 1000, sizeBytes: 3 },
    ],
    unfinished: [{ operator: 'a', partition: 1, batchTime: 800, pieces: [REF] }],
  },
  inlineChanges: 'AAAA',
  deadLetters: { made: [{ stream: 'in', kind: 'file', batchTime: 1000, records: 1, object: REF }], retried: [] },
  outputs: [
    {
      output: 'o',
      kind: 'files',
      files: [{ name: 'part-00000', sizeBytes: 1, crc32c: '0', at: { kind: 'object', ref: REF } }],
    },
  ],
  stats: { records: { in: 1 }, attempts: 1, submissionTime: 1, processingStartTime: 1, processingEndTime: 2 },
}
export const segment: HistorySegment = {
  formatVersion: 1,
  manifests: [{ kind: 'inline', value: manifest }],
  previous: REF,
}
export const savepoint: Savepoint = {
  ...{ formatVersion: 1, app: 'app', name: 'a', createdMs: 1, zeroTime: 0, batchIntervalMs: 1000 },
  ...{ manifest, inlineChanges: { 1000: 'AAAA' } },
}
