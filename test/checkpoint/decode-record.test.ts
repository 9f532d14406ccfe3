import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeManifest,
  decodePlan,
  decodeSavepoint,
  decodeSegment,
  decodeSegmentOrManifest,
} from '../../src/checkpoint/decode-record.ts'
import { manifest, plan, savepoint, segment } from './sample-records.ts'

const WHERE = 's3://data/checkpoint/app/manifest'

test('a record is read as it was written, with the fields that a later version may have added', () => {
  assert.deepEqual(decodePlan(JSON.stringify({ ...plan, later: [1] }), WHERE), { ...plan, later: [1] })
  assert.deepEqual(decodeManifest(JSON.stringify(manifest), WHERE), manifest)
  assert.deepEqual(decodeSegment(JSON.stringify(segment), WHERE), segment)
  assert.deepEqual(decodeSavepoint(JSON.stringify(savepoint), WHERE), savepoint)
  assert.deepEqual(decodeSegmentOrManifest(JSON.stringify(segment), WHERE), segment)
  assert.deepEqual(decodeSegmentOrManifest(JSON.stringify(manifest), WHERE), manifest)
})

test('a record of another shape is damage, and the message says where and which field', () => {
  const [snapshot] = manifest.state.snapshots
  const damaged: [record: unknown, mentions: string][] = [
    [null, 'no JSON object'],
    [{ ...manifest, attempt: { ...manifest.attempt, token: '1' } }, 'attempt'],
    [{ ...manifest, plan: { kind: 'inline', value: { ...plan, sources: [] } } }, 'plan'],
    [{ ...manifest, state: { snapshots: {}, changelogs: [] } }, 'state'],
    [
      { ...manifest, state: { ...manifest.state, unfinished: [{ operator: 'a', partition: 0, batchTime: 1 }] } },
      'state',
    ],
    [{ ...manifest, state: { ...manifest.state, snapshots: [{ ...snapshot, earlier: ['app/object'] }] } }, 'state'],
    [{ ...manifest, outputs: [{ output: 'o', kind: 'files', files: [{ name: 'a' }] }] }, 'outputs'],
    [{ ...manifest, inlineChanges: 5 }, 'inlineChanges'],
    [JSON.parse('{"__proto__":{"formatVersion":1}}'), 'formatVersion'],
  ]
  for (const [record, mentions] of damaged) {
    const message = new RegExp(`${mentions}.*: ${WHERE}$`)
    assert.throws(() => decodeManifest(JSON.stringify(record), WHERE), {
      code: 'record-corrupt',
      kind: 'data',
      message,
    })
  }
})

test('a record of a later format is refused with what to do, whatever else it holds', () => {
  for (const decode of [decodePlan, decodeManifest, decodeSegment, decodeSavepoint])
    assert.throws(() => decode('{"formatVersion":2}', WHERE), { code: 'record-format', kind: 'invalid' })
})

test('what is nested too deep to be walked through is refused; brackets in texts are not nested', () => {
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const withPosition = (json: string) => JSON.stringify(manifest).replace('"in":null', `"in":${json}`)
  assert.throws(() => decodeManifest(withPosition(deep(100_000)), WHERE), { code: 'record-corrupt' })
  decodeManifest(withPosition(deep(200)), WHERE)
  for (const text of [deep(5_000), `\\"${deep(5_000)}`, `${deep(5_000)}\\`, '"[{\\\\"'.repeat(1_000)])
    assert.deepEqual(decodeManifest(withPosition(JSON.stringify(text)), WHERE).positions.in, text)
})
