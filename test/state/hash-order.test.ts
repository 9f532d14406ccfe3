import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filterBytes, KeyFilter } from '../../src/state/key-filter.ts'
import { Rows } from '../../src/state/rows.ts'
import { scatter } from '../../src/util/hash.ts'

/** Golden ratio's inverse modulo 2^32: the key of a hash. */
const KEY_OF_HASH = 0xe8b2f51
const integer = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  // At the ends, where what finds no free cell goes round to the beginning.
  fc.integer({ min: 0, max: 40 }).map((hash) => Math.imul(hash - 20, KEY_OF_HASH)),
)
const KINDS: readonly fc.Arbitrary<readonly unknown[]>[] = [
  fc.uniqueArray(integer, { maxLength: 200, size: 'max' }),
  fc.uniqueArray(fc.oneof(integer, fc.double()), { maxLength: 100, comparator: 'SameValueZero' }),
  fc.uniqueArray(fc.oneof(integer, fc.string(), fc.bigInt()), { maxLength: 100, comparator: 'SameValueZero' }),
]

test('the slots of keys of every kind come in the order of their hashes, the last one of each key after its others', () => {
  fc.assert(
    fc.property(fc.oneof(...KINDS), fc.nat(5), (keys, every) => {
      const rows = new Rows()
      for (const key of keys) rows.append(key, 1)
      for (const [slot, key] of keys.entries()) {
        if (every === 0 || slot % every !== 0) continue
        rows.remove(slot)
        if (slot % 2 === 0) rows.append(key, 2)
      }
      const { hashes, slots } = allOf(rows)
      assert.deepEqual(hashes, hashes.toSorted(byNumber))
      assert.deepEqual(
        slots.map((slot) => scatter(rows.key(slot))),
        hashes,
      )
      assert.equal(new Set(slots).size, slots.length)
      const lastOf = new Map(slots.map((slot) => [rows.key(slot), slot]))
      assert.deepEqual([...lastOf.values()].sort(byNumber), keys.map((key) => rows.known(key)).sort(byNumber))
    }),
  )
})

test('many slots come in runs, and are those of the instant at which the order was asked for', () => {
  const rows = new Rows()
  for (let key = 0; key < 30_000; key++) rows.append(`key ${key}`, key)
  const runs = rows.inHashOrder()[Symbol.iterator]()
  const order: number[] = []
  for (let run = runs.next(); !run.done; run = runs.next()) {
    order.push(...run.value.slots)
    rows.append(`late ${order.length}`, 0)
  }
  const hashes = order.map((slot) => scatter(rows.key(slot)))
  assert.ok(rows.slots > 30_000 + 2, 'there were several runs')
  assert.deepEqual(hashes, hashes.toSorted(byNumber))
  assert.deepEqual(order.toSorted(byNumber), [...Array(30_000).keys()])
})

test('a filter holds what was added, and hardly anything else', () => {
  const filter = new KeyFilter(new Uint8Array(filterBytes(20_000)))
  for (let key = 0; key < 20_000; key++) filter.add(scatter(key))
  let slipped = 0
  for (let key = 0; key < 20_000; key++) {
    assert.ok(filter.mayHold(scatter(key)))
    if (filter.mayHold(scatter(key + 20_000))) slipped++
  }
  assert.ok(slipped < 20_000 / 40, `${slipped} of 20,000 keys that are not there`)
})

function allOf(rows: Rows): { readonly hashes: readonly number[]; readonly slots: readonly number[] } {
  const runs = [...rows.inHashOrder()]
  return { hashes: runs.flatMap(({ hashes }) => [...hashes]), slots: runs.flatMap(({ slots }) => [...slots]) }
}

function byNumber(a: number, b: number): number {
  return a - b
}
