import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { radixSorted } from '../../src/state/radix-sort.ts'
import { Rows } from '../../src/state/rows.ts'
import { Table } from '../../src/state/table.ts'
import { Touched } from '../../src/state/touched.ts'

const ID = { operator: 'op', partition: 0, partitions: 1 }
const BATCH_TIME = 2000

/** A table whose entries were changed in an earlier batch. */
function tableOf(values: readonly unknown[]): Table<number, unknown> {
  const table = new Table<number, unknown>(ID, new Rows())
  for (const [key, value] of values.entries()) table.append(key, value, 1000)
  table.seal(1000)
  return new Table<number, unknown>(ID, table.release())
}

test('numbers of 32 bits are sorted with their items, equal ones as they come', () => {
  const number = fc.oneof(fc.nat(3000), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const given = { numbers: Uint32Array.from(numbers), items: Uint32Array.from(numbers.keys()) }
      const sorted = radixSorted(given)
      const expected = [...numbers.entries()].sort(([, a], [, b]) => a - b)
      assert.deepEqual(
        [...sorted.items].map((item, i) => [item, sorted.numbers[i]]),
        expected,
      )
    }),
  )
})

test('slots touched in any order come in theirs, each once, with what they held at first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.array(fc.nat(20)), fc.boolean(), (ahead, slots, mixed) => {
      const rows = new Rows()
      for (let slot = 0; slot <= 20; slot++) rows.append(slot, mixed && slot % 2 === 0 ? `${slot}` : slot, 100 + slot)
      const touched = new Touched()
      touched.noteMarked(rows, rows.markAll(Int32Array.from(ahead), 21))
      for (const slot of slots) {
        touched.note(rows, slot)
        rows.setValue(slot, -1)
        rows.setTime(slot, 500)
      }
      const expected = [...new Set([...ahead, ...slots])].sort((a, b) => a - b)
      const before = touched.inOrder()
      assert.deepEqual([...before.slots], expected)
      assert.deepEqual(
        Array.from(before.values),
        expected.map((slot) => (mixed && slot % 2 === 0 ? `${slot}` : slot)),
      )
      assert.deepEqual(
        Array.from(before.times ?? []),
        expected.map((slot) => 100 + slot),
      )
    }),
  )
})

test('what is read ahead and not changed leaves no trace', () => {
  const table = tableOf([1, 'two', { three: 3 }, null])
  table.readAhead(Int32Array.of(3, -1, 0, 2, 1, 0))
  table.setAt(0, 1)
  assert.equal(table.seal(BATCH_TIME), undefined)
})

test('of what is read ahead, that is written whose value, or only its time, was changed', () => {
  const table = tableOf([1, 'two', { three: 3 }, null])
  table.readAhead(Int32Array.of(3, 2, 1, 0, -1))
  table.setAt(2, { three: 4 }, BATCH_TIME)
  table.touchAt(3, BATCH_TIME)
  table.append(4, 5, BATCH_TIME)
  assert.equal(table.seal(BATCH_TIME)?.puts, 3)
  const next = new Table<number, unknown>(ID, table.release())
  assert.deepEqual(
    [...next.entries()].map(([, value]) => value),
    [1, 'two', { three: 4 }, null, 5],
  )
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((slot) => next.timeAt(slot)),
    [1000, 1000, BATCH_TIME, BATCH_TIME, BATCH_TIME],
  )
})

test('an entry that was read ahead and deleted is deleted, and written anew where it comes back', () => {
  const table = tableOf([1, 2, 3])
  table.readAhead(Int32Array.of(2, 1))
  table.delete(1)
  table.set(1, 2)
  table.delete(2)
  const section = table.seal(BATCH_TIME)
  assert.deepEqual([section?.deletes, section?.puts], [2, 1])
})
