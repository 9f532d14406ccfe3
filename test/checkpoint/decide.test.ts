import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import { type Decision, decide, pauseAfter, type Self, timesTooLarge } from '../../src/checkpoint/decide.ts'
import type { Failure, Head } from '../../src/checkpoint/head.ts'
import { LONGEST_INVOCATION_MS } from '../../src/checkpoint/lease.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'

const B = 1_000
const NOW = 10_500
const born: Head = { ...unborn({ app: 'a', zeroTime: 0, batchIntervalMs: B }), version: 7, token: 3 as Token }
const self: Self = {
  owner: 'me',
  startBeforeMs: 60_000,
  due: 'clock',
  waitUntilMs: 0,
  batchIntervalMs: B,
  batchesLeft: Number.POSITIVE_INFINITY,
  leaseAbandoned: false,
}
const attempt = (batchTime: number): Attempt => ({ incarnation: 1, batchTime, token: 3 as Token, number: 1 })
const inline = <T>(value: unknown) => ({ kind: 'inline', value: value as T }) as const
const committedAt = (batchTime: number, published = true) => ({
  attempt: attempt(batchTime),
  manifest: inline<Manifest>({}),
  published,
})
const plannedAt = (batchTime: number, failure?: Failure) => ({
  batchTime,
  token: 3 as Token,
  attempts: 1,
  plan: inline<Plan>({}),
  ...(failure === undefined ? {} : { failure }),
})
const mine = { owner: 'me', until: 60_000 }
const kindOf = (head: Head, changes: Partial<Self> = {}): Decision['kind'] =>
  decide({ head, nowMs: NOW, self: { ...self, ...changes } }).kind

test('a lease of somebody else that has not expired is left alone', () => {
  const head = { ...born, lease: { owner: 'other', until: NOW + 1 } }
  assert.deepEqual(decide({ head, nowMs: NOW, self }), { kind: 'held', untilMs: NOW + 1 })
})

test('a lease is taken when there is none, when it has expired, when it claims the impossible, when its process is dead', () => {
  const head = { ...born, planned: plannedAt(5_000) }
  assert.equal(kindOf(head), 'lease')
  assert.equal(kindOf({ ...head, lease: { owner: 'other', until: NOW } }), 'lease')
  assert.equal(kindOf({ ...head, lease: { owner: 'other', until: NOW + LONGEST_INVOCATION_MS + 1 } }), 'lease')
  assert.equal(kindOf({ ...head, lease: { owner: 'other', until: NOW + 1 } }, { leaseAbandoned: true }), 'lease')
})

test('a new plan may be cut before the lease is taken, if the last commit is known to be published', () => {
  assert.equal(kindOf(born), 'plan')
  assert.equal(kindOf({ ...born, lease: { owner: 'other', until: NOW } }), 'plan')
  assert.equal(kindOf({ ...born, committed: committedAt(5_000) }), 'plan')
  assert.equal(kindOf({ ...born, committed: committedAt(5_000, false) }), 'lease')
})

test('with the lease, the first batch is at Z + B, and each follows the last committed one, however late it is', () => {
  assert.deepEqual(decide({ head: { ...born, lease: mine }, nowMs: NOW, self }), { kind: 'plan', batchTime: B })
  const later = { ...born, lease: mine, committed: committedAt(4_000) }
  assert.deepEqual(decide({ head: later, nowMs: NOW, self }), { kind: 'plan', batchTime: 5_000 })
})

test('a batch whose time has not come is not planned; who may wait for it waits, others end', () => {
  const head = { ...born, lease: mine, committed: committedAt(10_000) }
  assert.deepEqual(decide({ head, nowMs: NOW, self }), { kind: 'idle', nextMs: 11_000 })
  assert.deepEqual(decide({ head, nowMs: NOW, self: { ...self, waitUntilMs: 11_000 } }), {
    kind: 'wait',
    untilMs: 11_000,
  })
  assert.equal(kindOf(head, { waitUntilMs: 11_000, startBeforeMs: 11_000 }), 'idle')
})

test('P2: the first look writes a head even if nothing is due, for the grid must not begin anew with each look', () => {
  const head = { ...unborn({ app: 'a', zeroTime: 10_000, batchIntervalMs: B }) }
  assert.equal(kindOf(head), 'lease')
})

test('nothing due takes no lease', () => {
  assert.equal(kindOf({ ...born, committed: committedAt(10_000) }), 'idle')
})

test('a run by source asks no clock', () => {
  const head = { ...born, lease: mine, committed: committedAt(1_000_000) }
  assert.deepEqual(decide({ head, nowMs: NOW, self: { ...self, due: 'source' } }), {
    kind: 'plan',
    batchTime: 1_001_000,
  })
})

test('P5: a plan in the head is run, never cut anew', () => {
  assert.equal(kindOf({ ...born, lease: mine, planned: plannedAt(5_000) }), 'rerun')
})

test('P9: a commit that is not published comes before everything but the lease, due batch or not', () => {
  const unpublished = { ...born, committed: committedAt(5_000, false) }
  assert.equal(kindOf(unpublished), 'lease')
  assert.equal(kindOf({ ...unpublished, lease: mine }), 'publish')
  assert.equal(kindOf({ ...unpublished, lease: mine, planned: plannedAt(6_000) }), 'publish')
  const nothingDue = { ...born, committed: committedAt(10_000, false) }
  assert.equal(kindOf(nothingDue), 'lease')
  assert.equal(kindOf({ ...nothingDue, lease: mine }), 'publish')
})

test('nothing begins in the margin of the deadline, and no more batches than asked for', () => {
  assert.equal(kindOf({ ...born, lease: mine }, { startBeforeMs: NOW }), 'stop')
  assert.equal(kindOf({ ...born, lease: mine }, { batchesLeft: 0 }), 'stop')
})

test('a failed plan rests, longer after each failure, and does not block for ever', () => {
  const failure = (count: number): Failure => ({ message: '', code: 'x', atMs: NOW, count })
  assert.equal(kindOf({ ...born, lease: mine, planned: plannedAt(5_000, failure(1)) }), 'rerun')
  assert.deepEqual(
    decide({ head: { ...born, lease: mine, planned: plannedAt(5_000, failure(3)) }, nowMs: NOW, self }),
    {
      kind: 'idle',
      nextMs: NOW + pauseAfter(failure(3)),
    },
  )
  const pauses = Array.from({ length: 20 }, (_, count) => pauseAfter(failure(count + 1)))
  assert.deepEqual(
    pauses,
    pauses.toSorted((a, b) => a - b),
  )
  assert.ok(pauses.every((ms) => ms <= 300_000))
})

test('a failure noted by a clock that was far ahead does not rest a plan until then', () => {
  const failure: Failure = { message: '', code: 'x', atMs: NOW + 31_536_000_000, count: 5 }
  assert.equal(kindOf({ ...born, lease: mine, planned: plannedAt(5_000, failure) }), 'rerun')
})

test('a shorter batch interval counts from the next look at the head, not from the next batch of the longer one', () => {
  const daily = { ...born, batchIntervalMs: 86_400_000, committed: committedAt(0) }
  assert.deepEqual(decide({ head: daily, nowMs: NOW, self }), { kind: 'plan', batchTime: B })
  assert.deepEqual(decide({ head: daily, nowMs: NOW, self: { ...self, batchIntervalMs: 20_000 } }), {
    kind: 'idle',
    nextMs: 20_000,
  })
})

test('a plan that met the deadline twice is cut smaller', () => {
  const failure = (count: number): Failure => ({ message: '', code: 'deadline', atMs: NOW - 100_000, count })
  assert.equal(kindOf({ ...born, lease: mine, planned: plannedAt(5_000, failure(1)) }), 'rerun')
  const twice = plannedAt(5_000, failure(2))
  assert.equal(kindOf({ ...born, lease: mine, planned: twice }), 'replan')
  assert.equal(kindOf({ ...born, lease: mine, planned: { ...twice, mayHaveActed: true } }), 'rerun')
})

test('so is one on which three attempts ended without a word, and then smaller and smaller', () => {
  const at = (attempts: number, failure?: Failure) => ({ ...plannedAt(5_000, failure), attempts })
  const kindAt = (attempts: number, failure?: Failure) =>
    kindOf({ ...born, lease: mine, planned: at(attempts, failure) })
  assert.deepEqual([kindAt(3), kindAt(4)], ['rerun', 'replan'])
  assert.deepEqual(
    [1, 3, 4, 6, 100].map((attempts) => timesTooLarge(at(attempts))),
    [0, 0, 1, 3, 97],
  )
  const deadline: Failure = { message: '', code: 'deadline', atMs: NOW - 100_000, count: 1 }
  assert.deepEqual([kindAt(4, deadline), kindAt(5, deadline)], ['rerun', 'replan'])
  // What fails for another reason fails as well when it is smaller; and what functions have seen is not cut anew.
  assert.equal(kindAt(9, { ...deadline, code: 'batch-failed' }), 'rerun')
  assert.equal(timesTooLarge({ ...at(9), mayHaveActed: true }), 0)
})

test('every combination of facts gives the same decision twice; only the owner of the lease acts, and others cut at most', () => {
  const leases = [undefined, mine, { owner: 'other', until: NOW + 5 }, { owner: 'other', until: NOW - 5 }]
  const commits = [undefined, committedAt(10_000), committedAt(4_000), committedAt(4_000, false)]
  const plans = [undefined, plannedAt(5_000), plannedAt(5_000, { message: '', code: 'x', atMs: NOW, count: 5 })]
  const acts = new Set(['publish', 'rerun', 'replan'])
  let seen = 0
  for (const lease of leases)
    for (const committed of commits)
      for (const planned of plans)
        for (const due of ['clock', 'source'] as const)
          for (const batchesLeft of [0, 1])
            for (const startBeforeMs of [NOW, 60_000]) {
              const head = {
                ...born,
                ...(lease && { lease }),
                ...(committed && { committed }),
                ...(planned && { planned }),
              }
              const facts = { head, nowMs: NOW, self: { ...self, due, batchesLeft, startBeforeMs } }
              const decision = decide(facts)
              assert.deepEqual(decide(structuredClone(facts)), decision)
              const own = head.lease?.owner === 'me'
              const free = head.lease === undefined || head.lease.until <= NOW
              if (acts.has(decision.kind)) assert.ok(own, JSON.stringify(facts))
              if (decision.kind === 'plan') {
                assert.ok(own || free, JSON.stringify(facts))
                assert.equal(head.planned, undefined)
              }
              if (['plan', 'rerun', 'replan'].includes(decision.kind)) assert.notEqual(head.committed?.published, false)
              seen++
            }
  assert.equal(seen, 4 * 4 * 3 * 2 * 2 * 2)
})
