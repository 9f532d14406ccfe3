import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import { mustPlanAhead, type NewBatch } from '../../src/checkpoint/plan-ahead.ts'
import { inline, type Stored } from '../../src/checkpoint/stored.ts'
import { committed, failed, leased, leasedAndPlanned, planned, unborn } from '../../src/checkpoint/transitions.ts'

const born: Head = { ...unborn({ app: 'a', zeroTime: 0, batchIntervalMs: 1_000 }), version: 7, token: 3 as Token }
const request = { owner: 'me', untilMs: 60_000, batchIntervalMs: 1_000 }
const attempt: Attempt = { incarnation: 1, batchTime: 1_000, token: 4 as Token, number: 1 }
const stored = <T>(value: unknown): Stored<T> => inline(value as T, JSON.stringify(value))
const plan = { batchTime: 1_000, plan: stored<Plan>({ batchTime: 1_000 }) }
const commit = { attempt, manifest: stored<Manifest>({ attempt }), history: { recent: [] }, nothingToPublish: true }
const calm: NewBatch = { head: born, owner: 'me', hasForeachRDD: false, streams: ['s'], positions: { s: {} } }

test('plan and commit are one swap only without side effects, with all streams begun, and after a clean end', () => {
  assert.equal(mustPlanAhead(calm), false)
  assert.equal(mustPlanAhead({ ...calm, head: leased(born, request) }), false)
  assert.equal(mustPlanAhead({ ...calm, hasForeachRDD: true }), true)
  assert.equal(mustPlanAhead({ ...calm, streams: ['s', 'new'] }), true)
  assert.equal(mustPlanAhead({ ...calm, head: { ...born, lease: { owner: 'other', until: 0 } } }), true)
})

test('a plan that is cut anew replaces the one in the head before its batch runs', () => {
  assert.equal(mustPlanAhead({ ...calm, head: planned(leased(born, request), plan) }), true)
})

test('a lease remembers that the one before was not given back, until a batch is committed under it', () => {
  const dead = leased(born, { ...request, owner: 'other' })
  const own = leased(dead, request)
  assert.equal(own.lease?.tookOver, true)
  assert.equal(mustPlanAhead({ ...calm, head: own }), true)
  const after = committed(planned(own, plan), { ...commit, release: false, plannedAhead: true })
  assert.deepEqual(after.lease, { owner: 'me', until: 60_000 })
  assert.equal(mustPlanAhead({ ...calm, head: after }), false)
})

test('a commit without a plan of its own is refused where a plan is kept, and the other way round', () => {
  const head = leased(born, request)
  const along = committed(head, { ...commit, release: false, plannedAhead: false })
  assert.equal(along.version, head.version + 1)
  assert.throws(() => committed(planned(head, plan), { ...commit, release: false, plannedAhead: false }))
  assert.throws(() => committed(head, { ...commit, release: false, plannedAhead: true }))
})

test('a plan that was in no head is written with the failure of its batch', () => {
  const head = leased(born, request)
  const failure = { message: 'no', code: 'x', atMs: 5 }
  const after = failed(head, failure, plan)
  assert.equal(after.version, head.version + 1)
  assert.deepEqual(after.planned, { ...plan, token: 4, attempts: 1, failure: { ...failure, count: 1 } })
  const again = failed(after, failure, { ...plan, plan: stored<Plan>({ batchTime: 1_000, seed: 1 }) })
  assert.deepEqual([again.planned?.plan, again.planned?.failure?.count], [plan.plan, 2])
})

test('lease and plan in one swap are one version, and refused while the last commit may be invisible', () => {
  const next = leasedAndPlanned(born, request, plan)
  assert.deepEqual(
    [next.version, next.token, next.planned?.token, next.lease],
    [8, 4, 4, { owner: 'me', until: 60_000 }],
  )
  const hidden = { ...born, committed: { ...commit, published: false } }
  assert.throws(() => leasedAndPlanned(hidden, request, plan))
})

test('lease and plan in one swap are refused for a plan in an object: its name would carry a token that nobody has', () => {
  const ref = { key: 'a/i000001/t000000000004/…/plan', sizeBytes: 9_000, crc32c: '00000000' }
  assert.throws(() => leasedAndPlanned(born, request, { ...plan, plan: { kind: 'object', ref } }))
})
