import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Token } from '../../src/checkpoint/attempt.ts'
import type { Committed, Head } from '../../src/checkpoint/head.ts'
import {
  DEFAULT_RETENTION,
  isCollectionDue,
  isCollectionOverdue,
  isRetained,
  shadowAgeMs,
} from '../../src/checkpoint/retention.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'

const HOUR_MS = 3_600_000

/** How many of a long row of batches are kept. */
function kept(intervalMs: number, retention = DEFAULT_RETENTION): number {
  const newest = 1e12
  let place = 0
  while (isRetained(retention, { place, batchTime: newest - place * intervalMs, newest })) place++
  return place
}

test('batches are kept for a day, at least 100 of them, at most 1,440', () => {
  assert.equal(kept(HOUR_MS), 100)
  assert.equal(kept(5 * 60_000), 288)
  assert.equal(kept(60_000), 1_440)
  assert.equal(kept(1_000), 1_440)
})

test('the least number counts more than the most', () => {
  assert.equal(kept(1_000, { ...DEFAULT_RETENTION, batches: 50, most: 10 }), 50)
})

test('what a replay wrote stays for a day, or for as long as batches are kept', () => {
  assert.equal(shadowAgeMs({ ...DEFAULT_RETENTION, ageMs: 1 }), 24 * HOUR_MS)
  assert.equal(shadowAgeMs({ ...DEFAULT_RETENTION, ageMs: 48 * HOUR_MS }), 48 * HOUR_MS)
})

test('a collection is due an hour of batch times after the last one, whatever a clock says', () => {
  const head = unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1_000 })
  const committed = (batchTime: number): Committed => ({
    attempt: { incarnation: 1, batchTime, token: 1 as Token, number: 1 },
    manifest: { kind: 'object', ref: { key: 'a', sizeBytes: 1, crc32c: '00000000' } },
    published: true,
  })
  const due = (head: Head) => isCollectionDue(DEFAULT_RETENTION, head)
  assert.equal(due(head), false, 'there is nothing yet')
  assert.equal(due({ ...head, committed: committed(HOUR_MS - 1_000) }), false)
  assert.equal(due({ ...head, committed: committed(HOUR_MS) }), true)
  assert.equal(due({ ...head, committed: committed(HOUR_MS), collected: 1_000 }), false)

  const always = { ...DEFAULT_RETENTION, everyMs: 0 }
  for (const isDue of [isCollectionDue, isCollectionOverdue]) {
    assert.equal(isDue(always, { ...head, committed: committed(2_000), collected: 1_000 }), true, 'after each batch')
    assert.equal(isDue(always, { ...head, committed: committed(2_000), collected: 2_000 }), false, 'once')
  }
})
