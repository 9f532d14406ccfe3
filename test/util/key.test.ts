import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SluiceError } from '../../src/util/errors.ts'
import { hashKey } from '../../src/util/hash.ts'
import { canonicalKey, mapKey, sameKey } from '../../src/util/key.ts'

test('primitives stand for themselves in a map', () => {
  for (const key of ['a', '', 1, 1.5, true, false, 10n, null]) assert.equal(mapKey(key), key)
})

test('keys of different types are different keys', () => {
  const keys = [
    1,
    '1',
    1n,
    true,
    'true',
    null,
    'null',
    [1],
    ['1'],
    '[1]',
    { a: 1 },
    '{"a":1}',
    new Date(1),
    '@1',
    [],
    {},
  ]
  const stands = keys.map(mapKey)
  assert.equal(new Set(stands).size, keys.length)
})

test('NaN is itself, and -0 is 0, also inside of structures', () => {
  assert.ok(sameKey(Number.NaN, Number.NaN))
  assert.ok(sameKey(-0, 0))
  assert.ok(sameKey([Number.NaN, -0], [Number.NaN, 0]))
})

test('the order of properties does not matter, that of elements does', () => {
  assert.ok(sameKey({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }))
  assert.ok(!sameKey([1, 2], [2, 1]))
})

test('dates compare by their time', () => {
  assert.ok(sameKey(new Date(5), new Date(5)))
  assert.ok(!sameKey(new Date(5), 5))
})

test('no string stands for a structured key', () => {
  const structured = mapKey([1, 'a'])
  assert.equal(typeof structured, 'string')
  assert.notEqual(mapKey(structured), structured)
  assert.notEqual(mapKey(String(structured)), mapKey([1, 'a']))
})

test('what cannot be compared by value is refused with what to do', () => {
  class Point {}
  const cycle: unknown[] = []
  cycle.push(cycle)
  const refused = [undefined, () => 1, Symbol('s'), new Point(), new Map(), new Date(Number.NaN), [undefined], cycle]
  for (const key of [...refused, { a: undefined }, new Uint8Array(1), { [Symbol('s')]: 1 }]) {
    for (const use of [mapKey, hashKey]) {
      assert.throws(
        () => use(key),
        (error) => error instanceof SluiceError && error.code === 'unsupported-key' && error.kind === 'invalid',
      )
    }
  }
})

const anyKey = fc.letrec((tie) => ({
  key: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('key'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('key'), { maxKeys: 3, noNullPrototype: false }),
  ),
})).key

test('keys have one stand-in exactly if they have one canonical form, and then one hash', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      assert.equal(sameKey(a, b), canonicalKey(a) === canonicalKey(b))
      assert.ok(sameKey(a, structuredClone(a)))
      assert.equal(hashKey(a), hashKey(structuredClone(a)))
      if (sameKey(a, b)) assert.equal(hashKey(a), hashKey(b))
    }),
  )
})
