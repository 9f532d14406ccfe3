import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ExpiryIndex, type TimedSlots } from '../../src/state/expiry-index.ts'

const act = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('touch' as const), slot: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), slot: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), idle: fc.nat(6) }) },
)

test('what is taken is what a look at all slots finds, whatever was touched and deleted before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 30 }), fc.array(act, { maxLength: 200 }), (first, acts) => {
      let now = 10
      const times = new Map(first.map((time, slot) => [slot, time]))
      const index = new ExpiryIndex(slotsOf(times))
      for (const next of acts) {
        if (next.kind === 'delete') times.delete(next.slot)
        else if (next.kind === 'touch') {
          const isNoted = times.get(next.slot) === now
          times.set(next.slot, now)
          if (!isNoted) index.note(next.slot, now)
        } else {
          const until = ++now - next.idle
          const idle = [...times].filter(([, time]) => time < until).map(([slot]) => slot)
          assert.deepEqual(
            index.take(until),
            idle.sort((a, b) => a - b),
          )
          for (const slot of idle) times.delete(slot)
        }
      }
    }),
  )
})

test('there are never many more notes than twice the slots, and noting a slot looks at two others and a list at most', () => {
  const [slots, touched] = [100_000, 2_000]
  const times = new Map<number, number>()
  let looks = 0
  for (let slot = 0; slot < slots; slot++) times.set(slot, 0)
  const index = new ExpiryIndex(slotsOf(times, () => looks++))
  for (let batch = 1; batch < 400; batch++) {
    looks = 0
    for (let i = 0; i < touched; i++) {
      const slot = (batch * 7919 + i * 104_729) % slots
      const isNoted = times.get(slot) === batch
      times.set(slot, batch)
      if (!isNoted) index.note(slot, batch)
    }
    assert.ok(looks <= 3 * 4096, `${looks} looks in batch ${batch}`)
    assert.ok(index.notes < 2.2 * slots, `${index.notes} notes after batch ${batch}`)
  }
  assert.ok(index.notes > slots, 'some notes were out of date')
})

/** By slot, when it was last changed. */
function slotsOf(times: ReadonlyMap<number, number>, looked: () => void = () => {}): TimedSlots {
  return {
    get slots() {
      return Math.max(-1, ...(times.size < 100 ? times.keys() : [times.size - 1])) + 1
    },
    get size() {
      return times.size
    },
    changedAt(slot) {
      looked()
      return times.get(slot)
    },
  }
}
