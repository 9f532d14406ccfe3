import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyTable } from '../../src/rdd/key-table.ts'
import { PackedKeys } from '../../src/rdd/packed-keys.ts'
import { Random } from '../../src/util/random.ts'

const LETTERS = ['a', 'b', '\u0000', '\u0001', ' ', 'é', '\u00ff', '\u0100', '€', '\ud83d']

function randomText(random: Random, letters: number): string {
  return Array.from({ length: random.nextInt(15) }, () => LETTERS[random.nextInt(letters)]).join('')
}

function randomNumber(random: Random): number {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setInt32(0, random.nextInt(2) === 0 ? random.nextInt(1 << 30) << 2 : 0x7ff80000)
  bits.setInt32(4, random.nextInt(4))
  const kinds = [
    random.nextInt(500) - 250,
    bits.getFloat64(0),
    random.nextInt(9) / 8,
    2 ** (random.nextInt(80) - 10),
    -0,
  ]
  return kinds[random.nextInt(kinds.length)] ?? Number.NaN
}

test('a table of strings and numbers of any kind counts as a Map does, in first-seen order', () => {
  const seed = Date.now()
  const random = new Random(seed)
  const table = new KeyTable<string | number, number>()
  const map = new Map<string | number, number>()
  for (let i = 0; i < 30_000; i++) {
    const key = i % 3 === 0 ? randomNumber(random) : randomText(random, i % 2 === 0 ? 3 : LETTERS.length)
    const place = table.find(key)
    if (place < 0) table.add(key, 1)
    else table.values[place] = (table.values[place] ?? 0) + 1
    map.set(key, (map.get(key) ?? 0) + 1)
  }
  // A Map turns -0 into 0, the table keeps a key as it was first seen.
  const counts = Array.from(table.entries(), ([key, count]) => [key === 0 ? 0 : key, count])
  assert.deepEqual(counts, [...map], `seed ${seed}`)
  assert.equal(table.size, map.size)
})

test('strings that differ only in characters without weight are different keys', () => {
  const table = new KeyTable<string, string>()
  const same = ['', '\u0000', '\u0000\u0000', 'a', 'a\u0000', '\u0000a', 'aaaa', 'aaaa\u0000', 'aaaaaaaa', 'aaaaaaaaa']
  const keys = [...same, 'aaaaaaaaaaaa', 'aaaaaaaaaaaa\u0000', 'aaaaaaaaaaa\u0000']
  for (const key of keys) table.add(key, key)
  for (const key of keys) assert.equal(table.get(key), key)
  assert.equal(table.get('aa'), undefined)
})

test('a number is no string with the same bits; -0 is 0, and NaN itself', () => {
  const table = new KeyTable<unknown, string>()
  table.add('a', 'text')
  table.add(97, 'number')
  table.add(0, 'zero')
  table.add(Number.NaN, 'nothing')
  assert.deepEqual(
    ['a', 97, -0, Number.NaN].map((key) => table.get(key)),
    ['text', 'number', 'zero', 'nothing'],
  )
  assert.deepEqual(
    [1, 2 ** 32 + 97, 97.5, '', '\u0061\u0000'].map((key) => table.find(key)),
    [-1, -1, -1, -1, -1],
  )
})

test('keys of several kinds keep one order, and 1 is not "1"', () => {
  const table = new KeyTable<unknown, number>()
  const keys = ['b', 1, '1', null, 'a long string', ['b'], 'a', 1n, true, '€', 0.5]
  for (const [at, key] of keys.entries()) table.add(key, at)
  assert.deepEqual(table.keys, keys)
  for (const [at, key] of keys.entries()) assert.equal(table.find(structuredClone(key)), at)
})

test('set adds a key, or gives it another value in its place', () => {
  const table = new KeyTable<string, number>()
  for (const [at, key] of ['a', 'b', 'a'].entries()) table.set(key, at)
  assert.deepEqual(
    [...table.entries()],
    [
      ['a', 2],
      ['b', 1],
    ],
  )
})

test('keys chosen to collide do not make look-ups slow: the table gives up, and the keys go elsewhere', () => {
  const colliding = collidingKeys(2_000)
  const packed = new PackedKeys()
  assert.equal(
    colliding.every((key, at) => packed.add(key, at)),
    false,
  )
  const table = new KeyTable<string, number>()
  table.add('before', -1)
  for (const [at, key] of colliding.entries()) table.add(key, at)
  table.add('after', -2)
  for (const [at, key] of colliding.entries()) assert.equal(table.get(key), at)
  assert.deepEqual([table.get('before'), table.get('after')], [-1, -2])
  assert.equal(table.get('nowhere'), undefined)
  assert.equal(table.size, 2_002)
})

/**
 * Different strings of eight characters for all of which the table's hash is the same: for any last four characters,
 * the first four can be chosen so that what is mixed is the same.
 */
function collidingKeys(count: number): string[] {
  const four = (bits: number) => String.fromCharCode(bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24)
  const kind = Math.imul(9, 0xcc9e2d51)
  return Array.from({ length: count }, (_, i) => four(Math.imul(i ^ kind, 0x9e3779b1)) + four(i))
}
