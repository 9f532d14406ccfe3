import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest, hashKey, partitionOfKey, scatter } from '../../src/util/hash.ts'

/** Stored state lies in partitions by these numbers: a change here loses it. */
const GOLDEN: readonly (readonly [unknown, number])[] = [
  [null, 228143771],
  [true, 2776818722],
  [false, 3736780160],
  ['', 1494483534],
  ['a', 4038203205],
  ['word', 2097579015],
  ['é', 1339020038],
  ['😀', 4153123273],
  [0, 1060062372],
  [-0, 1060062372],
  [1, 2401716725],
  [-1, 2105653118],
  [0.5, 2062077059],
  [Number.NaN, 2772791794],
  [2 ** 53, 3847777163],
  [1n, 2464216812],
  [new Date(0), 1621814171],
  [new Date(1_700_000_000_000), 2458913761],
  [[], 224018066],
  [['a', 1], 45528165],
  [{}, 2175743369],
  [{ b: 1, a: 'x' }, 641889494],
  [{ a: 'x', b: 1 }, 641889494],
  [[[null]], 173079481],
]

test('the hash of a key never changes', () => {
  for (const [key, hash] of GOLDEN) assert.equal(hashKey(key), hash, String(key))
})

test('the hash that orders stored state never changes', () => {
  const whole = [0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31)].map(scatter)
  assert.deepEqual(whole, [0, 0, 0x9e3779b1, 0x61c8864f, 0xe1c8864f, 0x80000000])
  for (const key of [0.5, 2 ** 31, 'a', null, 1n, [1]]) assert.equal(scatter(key), hashKey(key), String(key))
})

test('the hash is the documented one', () => {
  // Worked out by hand from the description, for the key 'a': tag, code unit, length, finaliser.
  let h = 2166136261
  for (const unit of [0x73, 0x61, 1]) h = Math.imul(h ^ unit, 16777619)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  assert.equal(hashKey('a'), (h ^ (h >>> 16)) >>> 0)
})

test('null is in partition 0, and every key in one of the partitions', () => {
  assert.equal(partitionOfKey(null, 7), 0)
  for (const [key] of GOLDEN) {
    const partition = partitionOfKey(key, 7)
    assert.ok(Number.isInteger(partition) && partition >= 0 && partition < 7)
    assert.equal(partitionOfKey(key, 1), 0)
  }
})

test('keys that people use spread evenly', () => {
  const families = [
    (i: number) => i,
    (i: number) => `user-${i}`,
    (i: number) => [i, 'x'],
    (i: number) => i * 1024,
    (i: number) => new Date(i * 60_000),
  ]
  for (const family of families) {
    const sizes = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i++) {
      const partition = partitionOfKey(family(i), 16)
      sizes[partition] = (sizes[partition] ?? 0) + 1
    }
    assert.ok(Math.min(...sizes) > 850 && Math.max(...sizes) < 1150, `${family}: ${sizes}`)
  }
})

test('digests never change', () => {
  assert.equal(digest(''), '6a86b97bab3e7c0b')
  assert.equal(digest('sluice'), 'e145a6599c5e143e')
})
