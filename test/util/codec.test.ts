import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeValue, encodeValue } from '../../src/util/codec.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { ValueReader } from '../../src/util/value-reader.ts'
import { ValueWriter } from '../../src/util/value-writer.ts'

const GOLDEN: readonly (readonly [string, unknown])[] = [
  ['00', 0],
  ['7f', 127],
  ['d980', 128],
  ['d9ff', 255],
  ['da0001', 256],
  ['dbffffff', 2 ** 24 - 1],
  ['dc00000001', 2 ** 24],
  ['dfffffffffffff1f', Number.MAX_SAFE_INTEGER],
  ['e101', -1],
  ['e7ffffffffffff1f', Number.MIN_SAFE_INTEGER],
  ['c50000000000000080', -0],
  ['c5000000000000f83f', 1.5],
  ['c50000000000004043', 2 ** 53],
  ['c5000000000000f07f', Number.POSITIVE_INFINITY],
  ['c5000000000000f0ff', Number.NEGATIVE_INFINITY],
  ['c4', Number.NaN],
  ['c0', undefined],
  ['c1', null],
  ['c2', false],
  ['c3', true],
  ['80', ''],
  ['826162', 'ab'],
  ['82c3a9', 'é'],
  [`c620${'61'.repeat(32)}`, 'a'.repeat(32)],
  [`c6c801${'61'.repeat(200)}`, 'a'.repeat(200)],
  ['c70200d86100', '\ud800a'],
  ['83efbbbf', '\ufeff'],
  ['d000', 0n],
  ['d001ff', 255n],
  ['d1020001', -256n],
  ['a0', []],
  ['a201c0', [1, undefined]],
  [`c810${'00'.repeat(16)}`, new Array(16).fill(0)],
  ['b0', {}],
  ['b2816101816202', { a: 1, b: 2 }],
  ['b18161c0', { a: undefined }],
  ['ca01816101', Object.assign(Object.create(null), { a: 1 })],
  ['cb01816101', new Map([['a', 1]])],
  ['cc020201', new Set([2, 1])],
  ['cdd980', new Date(128)],
  ['cdc4', new Date(Number.NaN)],
  ['ce020102', Uint8Array.of(1, 2).buffer],
  ['cf00020102', Uint8Array.of(1, 2)],
  ['cf0504ffffffff', Uint32Array.of(0xffffffff)],
]

test('every kind of value has its bytes, for ever', () => {
  for (const [hex, value] of GOLDEN) {
    assert.equal(toHex(encodeValue(value)), hex, hex)
    assertSame(decodeValue(fromHex(hex)), value)
  }
})

test('holes in arrays are stored as undefined', () => {
  const holes = [1, 2, 3]
  delete holes[1]
  assert.deepStrictEqual(decodeValue(encodeValue(holes)), [1, undefined, 3])
})

test('a typed array that shows part of a buffer is stored as that part', () => {
  const part = new Uint16Array(Uint16Array.of(1, 2, 3, 4).buffer, 2, 2)
  assert.deepStrictEqual(decodeValue(encodeValue(part)), Uint16Array.of(2, 3))
})

test('bytes that come in a Buffer, a part of a larger one, decode to values of their own', () => {
  const value = [Uint8Array.of(1, 2), Float64Array.of(1.5), Uint8Array.of(3).buffer]
  const encoded = encodeValue(value)
  const decoded = decodeValue(Buffer.concat([Buffer.alloc(7), encoded, Buffer.alloc(7)]).subarray(7, -7))
  assert.deepEqual(decoded, value)
  encoded.fill(0)
  assert.deepEqual(decoded, value)
})

test('a member called __proto__ is a member like any other', () => {
  const decoded = decodeValue(encodeValue(JSON.parse('{"__proto__":{"polluted":1},"a":2}')))
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype)
  assert.deepEqual(Object.entries(decoded as object), [
    ['__proto__', { polluted: 1 }],
    ['a', 2],
  ])
})

const DATA = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  maxDepth: 5,
})
const ANY_STRING = fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units))

test('what is decoded equals what was encoded, and encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.oneof(DATA, ANY_STRING, fc.bigInt(), fc.double(), fc.maxSafeInteger()), (value) => {
      const bytes = encodeValue(value)
      const decoded = decodeValue(bytes)
      assertSame(decoded, value)
      assert.deepEqual(encodeValue(decoded), bytes)
    }),
    { numRuns: 2000 },
  )
})

test('integers of every size keep their value', () => {
  for (let bits = 0; bits <= 53; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
      assert.equal(decodeValue(encodeValue(value)), value)
      if (value > 0) assert.equal(decodeValue(encodeValue(-value)), -value)
    }
  }
})

test('lengths of every size are read as written', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (length) => {
      const writer = new ValueWriter()
      writer.uint(length)
      assert.equal(new ValueReader(writer.toBytes()).uint(), length)
    }),
  )
})

test('values follow each other without separators; skip ends where value ends', () => {
  fc.assert(
    fc.property(fc.array(DATA, { maxLength: 10 }), (values) => {
      const writer = new ValueWriter(1)
      for (const value of values) writer.value(value)
      const [reader, skipper] = [new ValueReader(writer.toBytes()), new ValueReader(writer.toBytes())]
      for (const value of values) {
        assert.equal(reader.atObject, typeof value === 'object' && value !== null)
        assertSame(reader.value(), value)
        skipper.skip()
        assert.equal(skipper.offset, reader.offset)
      }
      assert.ok(reader.atEnd)
    }),
  )
})

class Account {
  readonly balance = 1
}

test('what is not plain data is refused, with the path to it', () => {
  const cycle: { self?: unknown; list: unknown[] } = { list: [] }
  cycle.list.push(1, cycle)
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [() => 1, /not a function; .*: value$/],
    [{ a: [1, { f: () => 1 }] }, /not a function; .*: value\.a\[1\]\.f$/],
    [{ 'x-y': Symbol('s') }, /not a symbol; .*: value\["x-y"\]$/],
    [new Map([['k', new Account()]]), /an instance of Account; .*: value\.get\("k"\)$/],
    [[new Set([new Account()])], /an instance of Account; .*: value\[0\]\[an item of the Set\]$/],
    [{ [Symbol('s')]: 1 }, /a member named by a symbol/],
    [Buffer.from('ab'), /an instance of Buffer/],
    [new (class List extends Array {})(), /an instance of List/],
    [/x/, /an instance of RegExp/],
    [cycle, /a reference back to what contains it; .*: value\.list\[1\]$/],
    [2n ** 600_000n, /a bigint of more than/],
    [nested(201), /nested more than 200 deep/],
  ]
  for (const [value, message] of refused) {
    assert.throws(() => encodeValue(value), { name: 'SluiceError', code: 'not-encodable', kind: 'invalid', message })
  }
})

test('an object that occurs twice without containing itself is no cycle', () => {
  const shared = { a: 1 }
  assert.deepEqual(decodeValue(encodeValue([shared, shared])), [{ a: 1 }, { a: 1 }])
})

test('a refused value leaves nothing in the writer, which goes on', () => {
  const writer = new ValueWriter()
  writer.value('kept')
  assert.throws(() => writer.value([1, [2, () => 3]]), { code: 'not-encodable' })
  writer.value([nested(199)])
  const reader = new ValueReader(writer.toBytes())
  assert.equal(reader.value(), 'kept')
  assert.deepEqual(reader.value(), [nested(199)])
})

test('truncated bytes are refused at every length', () => {
  const bytes = encodeValue(GOLDEN.map(([, value]) => value))
  for (let end = 0; end < bytes.length; end++) assertRefused(bytes.subarray(0, end))
  assertRefused(Uint8Array.of(...bytes, 0))
})

test('flipped bits and random bytes give a value or a data error, nothing else', () => {
  const sound = encodeValue(GOLDEN.map(([, value]) => value))
  const flipped = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
    const bytes = sound.slice()
    bytes[at] = (bytes[at] ?? 0) ^ mask
    return bytes
  })
  const tagged = fc
    .array(fc.oneof(fc.integer({ min: 0x80, max: 0xff }), fc.nat(3)), { maxLength: 40 })
    .map((b) => Uint8Array.from(b))
  fc.assert(fc.property(fc.oneof(flipped, tagged, fc.uint8Array({ maxLength: 60 })), decodesOrRefuses), {
    numRuns: 5000,
  })
})

test('absurd counts and depths are refused before anything is made for them', () => {
  const lengths = ['ffffffffffffff0f', 'ffffffff07', 'ffffffffffffffffffffffffffffff', '80808080808080808080']
  for (const tag of ['c6', 'c7', 'c8', 'c9', 'ca', 'cb', 'cc', 'ce', 'cf00', 'd0', 'd1']) {
    for (const length of lengths) assertRefused(fromHex(tag + length))
  }
  for (const nest of ['a1', 'b18161', 'c801', 'cc01', 'cd', 'cda1']) assertRefused(fromHex(nest.repeat(100_000)))
  const claims = `c8${'ffff03'}`.repeat(150)
  assertRefused(fromHex(claims + '00'.repeat(70_000)))
})

test('unknown tags, numbers out of range and broken text are refused', () => {
  for (const hex of [
    'd2',
    'd7',
    'd8',
    'e0',
    'e8',
    'ff',
    'dfffffffffffff3f',
    '81ff',
    'cd80',
    'cdc50000000000000000',
    'cddfffffffffffff1f',
    'cf0b00',
    'cf0103ffff',
    'cf050101',
    'b10001',
  ])
    assertRefused(fromHex(hex))
})

function nested(depth: number): unknown {
  let value: unknown = []
  for (let i = 1; i < depth; i++) value = [value]
  return value
}

function assertRefused(bytes: Uint8Array): void {
  assert.throws(
    () => decodeValue(bytes),
    { name: 'SluiceError', code: 'value-corrupt', kind: 'data' },
    toHex(bytes.subarray(0, 40)),
  )
}

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    const value = decodeValue(bytes)
    const skipper = new ValueReader(bytes)
    skipper.skip()
    assert.ok(skipper.atEnd)
    assertSame(decodeValue(encodeValue(value)), value)
  } catch (error) {
    assert.ok(error instanceof SluiceError && error.kind === 'data', String(error))
  }
}

/** Tells -0 from 0 and knows invalid dates, the order of maps and prototypes. */
function assertSame(actual: unknown, expected: unknown): void {
  assert.equal(fc.stringify(actual), fc.stringify(expected))
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
