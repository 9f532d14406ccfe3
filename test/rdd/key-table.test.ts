import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyTable } from '../../src/rdd/key-table.ts'
import { ShortStrings } from '../../src/rdd/short-strings.ts'
import { Random } from '../../src/util/random.ts'

const LETTERS = ['a', 'b', '\u0000', '\u0001', ' ', 'é', '\u00ff', '\u0100', '€', '\ud83d']

test('a table of strings of any length and alphabet counts as a Map does, in first-seen order', () => {
  const seed = Date.now()
  const random = new Random(seed)
  const table = new KeyTable<string, number>()
  const map = new Map<string, number>()
  for (let i = 0; i < 20_000; i++) {
    const length = random.nextInt(11)
    const key = Array.from({ length }, () => LETTERS[random.nextInt(i % 2 === 0 ? 4 : LETTERS.length)]).join('')
    const cell = table.find(key)
    if (cell) cell.value++
    else table.add(key, 1)
    map.set(key, (map.get(key) ?? 0) + 1)
  }
  const counted = Array.from(table.cells(), ({ key, value }) => [key, value])
  assert.deepEqual(counted, [...map], `seed ${seed}`)
  assert.equal(table.size, map.size)
})

test('strings that differ only in characters without weight are different keys', () => {
  const table = new KeyTable<string, string>()
  const keys = ['', '\u0000', '\u0000\u0000', 'a', 'a\u0000', '\u0000a', 'aaaa', 'aaaa\u0000', 'aaaaaaaa', 'aaaaaaaaa']
  for (const key of keys) table.add(key, key)
  for (const key of keys) assert.equal(table.find(key)?.value, key)
  assert.equal(table.find('aa'), undefined)
})

test('keys of several kinds keep one order, and 1 is not "1"', () => {
  const table = new KeyTable<unknown, number>()
  const keys = ['b', 1, '1', null, 'a long string', ['b'], 'a', 1n, true, '€']
  for (const [at, key] of keys.entries()) table.add(key, at)
  assert.deepEqual(
    Array.from(table.cells(), ({ key }) => key),
    keys,
  )
  for (const [at, key] of keys.entries()) assert.equal(table.find(structuredClone(key))?.value, at)
})

test('keys chosen to collide do not make look-ups slow: the table gives up, and the keys go elsewhere', () => {
  const colliding = collidingKeys(2_000)
  const short = new ShortStrings()
  assert.equal(
    colliding.every((key, at) => short.add(key, at)),
    false,
  )
  const table = new KeyTable<string, number>()
  table.add('before', -1)
  for (const [at, key] of colliding.entries()) table.add(key, at)
  table.add('after', -2)
  for (const [at, key] of colliding.entries()) assert.equal(table.find(key)?.value, at)
  assert.deepEqual([table.find('before')?.value, table.find('after')?.value], [-1, -2])
  assert.equal(table.find('nowhere'), undefined)
  assert.equal(table.size, 2_002)
})

/**
 * Different strings of eight characters for all of which the table's hash is the same: for any last four characters,
 * the first four can be chosen so that what is mixed is the same.
 */
function collidingKeys(count: number): string[] {
  const four = (bits: number) => String.fromCharCode(bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24)
  return Array.from({ length: count }, (_, i) => four(Math.imul(i ^ 8, 0x9e3779b1)) + four(i))
}
