import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { Head, Pin } from '../../src/checkpoint/head.ts'
import {
  begunFrom,
  bounded,
  collected,
  collectedTo,
  pinned,
  reincarnated,
  unpinned,
} from '../../src/checkpoint/operator-acts.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'

const ref = { key: 'a', sizeBytes: 1, crc32c: '00000000' }
const manifest = { kind: 'object', ref } as const
const attemptAt = (batchTime: number, incarnation = 1): Attempt => {
  return { incarnation, batchTime, token: 7 as Token, number: 1 }
}
const head: Head = {
  ...unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1_000 }),
  version: 20,
  token: 7 as Token,
  boundary: 3 as Token,
  committed: { attempt: attemptAt(5_000), manifest, published: true },
  planned: { batchTime: 6_000, token: 7 as Token, attempts: 1, plan: manifest },
}
const pin = (token: number, name = 'a'): Pin => ({ name, batchTime: 1_000, token: token as Token, ref })
const begun = { attempt: attemptAt(5_000, 2), manifest, zeroTime: 5_000, history: head.history }

test('each act is one version more', () => {
  const acts = [
    bounded(head, 4 as Token),
    collected(head, 5_000),
    collectedTo(head, 'a/i1'),
    pinned(head, pin(5)),
    unpinned(head, 'a'),
    reincarnated(head, begun),
  ]
  for (const { version } of acts) assert.equal(version, head.version + 1)
})

test('the boundary never falls', () => {
  assert.equal(bounded(head, 5 as Token).boundary, 5)
  assert.equal(bounded(head, 2 as Token).boundary, 3)
})

test('a collection that is cut off leaves its place, and one that looked at everything takes it away', () => {
  const cutOff = collectedTo(head, 'a/i1')
  assert.deepEqual([cutOff.collected, cutOff.collectedTo], [undefined, 'a/i1'])
  for (const after of [collected(cutOff, 5_000), collectedTo(cutOff, undefined)]) assert.ok(!('collectedTo' in after))
  assert.equal(collected(cutOff, 5_000).collected, 5_000)
  assert.equal(collected(head, 5_000, 'a/i1').collectedTo, 'a/i1', 'one that is put off may go on')
})

test('a savepoint below the boundary is refused, and so is a name that is taken', () => {
  assert.throws(() => pinned(head, pin(2)), { code: 'below-boundary' })
  assert.deepEqual(pinned(head, pin(3)).pins, [pin(3)])
  assert.throws(() => pinned(pinned(head, pin(3)), pin(5)), { code: 'savepoint-exists' })
  assert.deepEqual(unpinned(pinned(pinned(head, pin(3)), pin(5, 'b')), 'a').pins, [pin(5, 'b')])
})

test('a reset keeps the counters, drops the plan, and starts after the last batch, once that is visible', () => {
  const after = reincarnated(head, begun)
  assert.deepEqual([after.incarnation, after.token, after.planned, after.zeroTime], [2, 7, undefined, 5_000])
  assert.throws(() => reincarnated(head, { ...begun, zeroTime: 4_000 }), { code: 'assertion-failed' })
  const unpublished = { ...head, committed: { attempt: attemptAt(5_000), manifest, published: false } }
  assert.throws(() => reincarnated(unpublished, begun), { code: 'assertion-failed' })
})

test('only a checkpoint that does not exist begins with a savepoint', () => {
  assert.throws(() => begunFrom(head, begun), { code: 'assertion-failed' })
  const fresh = begunFrom(unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1_000 }), begun)
  assert.deepEqual([fresh.version, fresh.token, fresh.incarnation, fresh.committed?.published], [1, 7, 2, true])
})
