import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ndjsonFormat, readNdjson } from '../../../src/rdd/formats/ndjson-format.ts'
import { decoded, encoded } from './encoded.ts'

test('what JSON can carry comes back line by line', async () => {
  const elements = [['row', 3], 'a\nb "ü€𝄞"', 0, -1.5e300, null, true, { a: [{ b: null }] }, [], {}, '']
  const bytes = encoded(ndjsonFormat, [elements.slice(0, 4), [], elements.slice(4)])
  assert.equal(bytes.toString().split('\n').length, elements.length + 1)
  assert.deepEqual(await decoded(readNdjson, bytes), elements)
})

test("dates become texts, undefined members are left out and undefined items null, as is JSON's custom", () => {
  const elements = [new Date(0), { a: undefined, b: 1 }, ['k', undefined], { toJSON: () => 'own form' }]
  const text = '"1970-01-01T00:00:00.000Z"\n{"b":1}\n["k",null]\n"own form"\n'
  assert.equal(encoded(ndjsonFormat, [elements]).toString(), text)
})

test('what JSON would lose is refused, with its place', () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  const cases: [unknown, RegExp][] = [
    [undefined, /undefined;/],
    [Number.NaN, /NaN;/],
    [['a', { price: Number.POSITIVE_INFINITY }], /Infinity at \[1\]\.price;/],
    [[1n], /a bigint at \[0\];/],
    [{ m: new Map([[1, 2]]) }, /a Map at \.m;.*: \{"m":\[\[1,2\]\]\}/],
    [new Set(), /a Set/],
    [Uint8Array.of(1), /a Uint8Array/],
    [new Error('x'), /a Error/],
    [{ f: () => 0 }, /a function at \.f/],
    [[Symbol('s')], /a symbol/],
    [new Date(Number.NaN), /an invalid date/],
    [{ toJSON: () => 1n }, /a bigint/],
    [Promise.resolve(), /a Promise/],
  ]
  for (const [element, message] of cases) {
    assert.throws(() => encoded(ndjsonFormat, [[element]]), { code: 'not-json', kind: 'data', message })
  }
  assert.throws(() => encoded(ndjsonFormat, [[cyclic]]), /nested over 200 deep, or refers back/)
})

test('a line that is no JSON is named; blank lines are passed over', async () => {
  assert.deepEqual(await decoded(readNdjson, Buffer.from('1\n\n \r\n2')), [1, 2])
  await assert.rejects(decoded(readNdjson, Buffer.from('1\n\nrow\n')), {
    code: 'file-corrupt',
    kind: 'data',
    message: /^Line 3 is not JSON .*file:\/\/\/x$/,
  })
})
