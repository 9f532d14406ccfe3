import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthOf } from '../../src/http/health.ts'
import { BATCH_INTERVAL_MS, failing, headAfter, manifestAt } from './committed-head.ts'

const AT = 20_000
/** When the manifest says that the batch was done. */
const DONE = AT + 10
const observed = { app: 'orders', batchIntervalMs: BATCH_INTERVAL_MS, head: headAfter(2), manifest: manifestAt(AT) }

test('healthy means committed within the last intervals and the grace, to the millisecond', () => {
  const within = { intervals: 3, graceMs: 500 }
  assert.equal(healthOf({ ...observed, nowMs: DONE + 30_500 }, within).healthy, true)
  const late = healthOf({ ...observed, nowMs: DONE + 30_501 }, within)
  assert.equal(late.healthy, false)
  assert.match(late.problems.join(), /No batch has been committed for longer than 30500 ms.*Last: 1970-01-01T00:00:20/)
})

test('an application that catches up is healthy, however old its batch times are', () => {
  const manifest = { ...manifestAt(AT), stats: { ...manifestAt(AT).stats, processingEndTime: 9_999_000 } }
  assert.equal(healthOf({ ...observed, manifest, nowMs: 10_000_000 }).healthy, true)
})

test('a failing planned batch is unhealthy at once, with its message', () => {
  const health = healthOf({ ...observed, head: headAfter(2, failing(30_000)), nowMs: DONE + 1 })
  assert.equal(health.healthy, false)
  assert.deepEqual(health.problems, [
    'Batch 30000 ms has failed 2 times and blocks those after it: No such stream: orders',
  ])
  assert.equal(health.failing?.failure.code, 'stream-missing')
})

test('an application that has never committed anything is not healthy', () => {
  const { head: _, manifest: __, ...never } = observed
  const health = healthOf({ ...never, head: undefined, manifest: undefined, nowMs: 5 })
  assert.equal(health.healthy, false)
  assert.match(health.problems.join(), /No batch has been committed yet/)
})
