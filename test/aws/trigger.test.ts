import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockFarAhead, triggerOf, waitUntilOf } from '../../src/aws/trigger.ts'

const AT = Date.parse('2026-11-21T10:00:37Z')

test("a trigger's time is what the event says: of a rule, of Scheduler, or of an Input of one's own", () => {
  assert.deepEqual(triggerOf({ source: 'aws.events', time: '2026-11-21T10:00:37Z' }), { atMs: AT })
  assert.deepEqual(triggerOf({ source: 'aws.scheduler', time: '2026-11-21T10:00:37Z', detail: '{}' }), { atMs: AT })
  assert.deepEqual(triggerOf({ scheduledTime: '2026-11-21T10:00:37Z' }), { atMs: AT })
  const both = { scheduledTime: '2026-11-21T10:00:37Z', time: '2020-01-01T00:00:00Z' }
  assert.deepEqual(triggerOf(both), { atMs: AT })
})

test('any other event is a trigger without a time', () => {
  const events = [undefined, null, 1, 'text', [], {}, { time: 5 }, { time: 'soon' }, { time: '2026-99-99T99:99' }]
  for (const event of events) assert.deepEqual(triggerOf(event), {}, JSON.stringify(event))
  // A schedule whose placeholder was not filled in.
  assert.deepEqual(triggerOf({ scheduledTime: '<aws.scheduler.scheduled-time>' }), {})
})

test('batches more frequent than triggers are waited for until just before the next trigger, whatever second it fires at', () => {
  const until = waitUntilOf({ batchIntervalMs: 10_000, triggerEveryMs: 60_000 }, AT) ?? 0
  assert.ok(until < AT + 60_000, "the next trigger's own batch is left to it")
  assert.ok(until > AT + 59_000, 'nobody would be there for what is due shortly before it')
})

test('batches as frequent as triggers, or less, are not waited for', () => {
  assert.equal(waitUntilOf({ batchIntervalMs: 60_000, triggerEveryMs: 60_000 }, AT), undefined)
  assert.equal(waitUntilOf({ batchIntervalMs: 300_000, triggerEveryMs: 60_000 }, AT), undefined)
})

test('a clock is far ahead when it reads later than any trigger can be delivered and be of use', () => {
  assert.equal(clockFarAhead(AT + 15 * 60_000, { atMs: AT }), false)
  assert.equal(clockFarAhead(AT + 60 * 60_000, { atMs: AT }), true)
  assert.equal(clockFarAhead(AT - 60 * 60_000, { atMs: AT }), false)
  assert.equal(clockFarAhead(AT, {}), false)
})
