import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Head, HistorySegment } from '../../src/checkpoint/head.ts'
import { encodeHead, encodeSegment, withManifest } from '../../src/checkpoint/head-json.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import { inline, type Stored, storedText } from '../../src/checkpoint/stored.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'

const manifest = (n: number): Stored<Manifest> => ({
  kind: 'inline',
  value: { n, text: 'ä"\n' } as unknown as Manifest,
})

test('a head is stored as the text that JSON.stringify gives', () => {
  const born = unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1000 })
  const attempt = { incarnation: 1, batchTime: 1000, token: 1, number: 1 } as never
  const heads: Head[] = [
    born,
    { ...born, version: 1, lease: { owner: 'me', until: 5 }, history: { recent: [manifest(1), manifest(2)] } },
    { ...born, committed: { attempt, manifest: manifest(3), published: false } },
    { ...born, history: { recent: [], segment: { key: 'k', sizeBytes: 1, crc32c: '00000000' } } },
    { ...born, planned: { batchTime: 1000, token: 1 as never, attempts: 1, plan: inline({} as never, '{}') } },
  ]
  for (const head of heads) {
    assert.equal(encodeHead(head), JSON.stringify(head))
    assert.equal(encodeHead(head), JSON.stringify(head), 'also from what was kept')
  }
})

test('a segment is stored as the text that JSON.stringify gives', () => {
  const previous = { key: 'k', sizeBytes: 1, crc32c: '00000000' }
  const segments: HistorySegment[] = [
    { formatVersion: 1, manifests: [manifest(1)] },
    { formatVersion: 1, manifests: [manifest(1), manifest(2)], previous },
  ]
  for (const segment of segments) assert.equal(encodeSegment(segment), JSON.stringify(segment))
})

test('a history grows by one manifest, and its size is that of its text', () => {
  let { recent, size } = withManifest([], manifest(1))
  for (let n = 2; n < 20; n++) ({ recent, size } = withManifest(recent, manifest(n)))
  assert.equal(recent.length, 19)
  assert.equal(size, JSON.stringify(recent).length)
  const born = unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1000 })
  assert.equal(encodeHead({ ...born, history: { recent } }), JSON.stringify({ ...born, history: { recent } }))
})

test('an inline record is written as its own text', () => {
  const value = { b: [1, null], a: 'x' }
  assert.equal(storedText(inline(value, JSON.stringify(value))), JSON.stringify({ kind: 'inline', value }))
})
