import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rows } from '../../src/state/rows.ts'
import { Table } from '../../src/state/table.ts'

const ID = { operator: 'op', partition: 0, partitions: 1 }

/** A table after a batch that set these entries. */
function tableOf<K, V>(entries: Iterable<readonly [K, V]>): Table<K, V> {
  const table = new Table<K, V>(ID, new Rows())
  for (const [key, value] of entries) table.set(key, value)
  return next(table)
}

function next<K, V>(table: Table<K, V>): Table<K, V> {
  table.seal(1000)
  return new Table<K, V>(ID, table.release())
}

test('a set to an equal value writes nothing, for scalars and objects', () => {
  const table = tableOf<string, unknown>([
    ['int', 1],
    ['nan', Number.NaN],
    ['object', { a: [1] }],
    ['nothing', undefined],
  ])
  table.set('int', 1)
  table.set('nan', Number.NaN)
  table.set('object', { a: [1] })
  table.set('nothing', undefined)
  assert.equal(table.seal(1000), undefined)
})

test('-0 and 0 are different values', () => {
  const table = tableOf([['zero', 0]])
  table.set('zero', -0)
  assert.equal(table.seal(1000)?.puts, 1)
})

test('an update from 0 to -0, or back, is a change', () => {
  const table = tableOf<string, number>([
    ['a', 0],
    ['b', -0],
    ['c', Number.NaN],
  ])
  table.update(0, table.slots, (_, value) => -value)
  assert.deepEqual(
    [...table.entries()],
    [
      ['a', -0],
      ['b', 0],
      ['c', Number.NaN],
    ],
  )
  assert.equal(table.seal(1000)?.puts, 2)
})

test('a value changed and changed back within a batch writes nothing', () => {
  const table = tableOf<string, unknown>([['a', 1]])
  table.set('a', { x: 1 })
  table.set('a', 1)
  assert.equal(table.seal(1000), undefined)
})

test('a key set and deleted within a batch writes nothing', () => {
  const table = tableOf<unknown, number>([['a', 1]])
  table.set(['new'], 1)
  assert.equal(table.delete(['new']), true)
  assert.equal(table.delete(['new']), false)
  assert.equal(table.seal(1000), undefined)
})

test('a key deleted and set again moves to the end, though its value is the same', () => {
  const table = tableOf([
    ['a', 1],
    ['b', 2],
  ])
  table.delete('a')
  table.set('a', 1)
  assert.deepEqual(
    [...table.entries()],
    [
      ['b', 2],
      ['a', 1],
    ],
  )
  const section = table.seal(1000)
  assert.deepEqual([section?.deletes, section?.puts], [1, 1])
})

test('an object mutated in place and set again is a change', () => {
  const table = tableOf([['a', { n: 1 }]])
  const value = table.get('a')
  assert.ok(value)
  value.n = 2
  table.set('a', value)
  assert.equal(table.seal(1000)?.puts, 1)
  assert.deepEqual(new Table(ID, table.release()).get('a'), { n: 2 })
})

test('what is done to an object without setting it is not state, in this batch or later', () => {
  const given = { n: 1 }
  const table = tableOf([['a', given]])
  given.n = 2
  const copy = table.get('a')
  assert.deepEqual(copy, { n: 1 })
  if (copy) copy.n = 3
  for (const [, value] of table.entries()) value.n = 4
  assert.deepEqual(table.get('a'), { n: 1 })
  assert.equal(table.seal(1000), undefined)
})

test('an object set in this batch is handed out as it is, and counts as it is at the end', () => {
  const table = tableOf<string, number[]>([])
  const list = [1]
  table.set('a', list)
  assert.equal(table.get('a'), list)
  list.push(2)
  assert.deepEqual(next(table).get('a'), [1, 2])
})

test('a key object mutated after it was set does not change the key', () => {
  const table = tableOf<unknown[], number>([])
  const key = ['a']
  table.set(key, 1)
  key.push('b')
  assert.equal(table.has(['a']), true)
  assert.equal(table.has(key), false)
  assert.deepEqual([...table.entries()], [[['a'], 1]])
  assert.deepEqual([...next(table).entries()], [[['a'], 1]])
})

test('deleting the entry just handed out does not disturb the iteration', () => {
  const table = tableOf(Array.from({ length: 10 }, (_, i) => [i, i] as const))
  const seen: number[] = []
  for (const [key] of table.entries()) {
    seen.push(key)
    table.delete(key)
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.equal(table.size, 0)
})

test('a value that cannot be stored is refused by the name of operator, key and member', () => {
  const table = new Table<unknown, unknown>(ID, new Rows())
  table.set(['k', 1], { callback: () => 1 })
  const refused = {
    code: 'not-encodable',
    kind: 'invalid',
    message:
      /^State of 'op', key \["k",1\], as it is or as its codec encodes it: .* not a function; .*: value\.callback$/,
  }
  assert.throws(() => [...table.entries()], refused)
  assert.throws(() => table.seal(1000), refused)
})

test('a table refuses to work after its run, so that a promise that wakes up late changes nothing', () => {
  const table = tableOf([['a', 1]])
  const entries = table.entries()
  entries.next()
  const rows = table.release()
  for (const use of [
    () => table.get('a'),
    () => table.set('a', 2),
    () => table.delete('a'),
    () => table.size,
    () => entries.next(),
  ])
    assert.throws(use, { code: 'assertion-failed', message: /state of 'op' is used after the end/ })
  assert.equal(rows.value(rows.find('a')), 1)
})

test('a deleted structured key is gone, whether it was old or of this batch', () => {
  const [old, young] = [['old'], ['young']]
  const table = tableOf<unknown, number>([[old, 1]])
  table.set(young, 2)
  table.delete(old)
  table.delete(young)
  table.seal(1000)
  const rows = table.release()
  assert.deepEqual([rows.find(old), rows.find(young), rows.size], [-1, -1, 0])
})

test('an object that was set and settled counts as it was then, and a settled one that is equal writes nothing', () => {
  const table = tableOf<string, number[]>([['a', [1]]])
  const [equal, fresh] = [[1], [5]]
  table.set('a', equal)
  table.set('b', fresh)
  table.settle([table.find('a'), table.find('b')])
  equal.push(2)
  fresh.push(6)
  assert.deepEqual(
    [...table.entries()],
    [
      ['a', [1]],
      ['b', [5]],
    ],
  )
  assert.equal(table.seal(1)?.puts, 1)
})
