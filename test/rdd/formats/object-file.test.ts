import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectFormat, readObjectFile } from '../../../src/rdd/formats/object-file.ts'
import { decoded, encoded } from './encoded.ts'

const elements = [
  ['row', 3],
  { a: undefined, b: [Number.NaN, -0, 1n << 70n] },
  new Map<unknown, unknown>([[new Date(5), new Set([null, true])]]),
  undefined,
  Uint8Array.of(1, 2, 255),
  '\ud800 half a pair',
]

/** Written by the first release of the format; what was saved stays readable. */
const GOLDEN =
  '536c756963654f014d000000060000003c1944e1a283726f7703b28161c08162a3c4c50000000000000080d009000000000000000040cb' +
  '01cd05cc02c1c3c0cf00030102ffc70d00d82000680061006c0066002000610020007000610069007200000000000100000032186d51'

test('elements come back exactly, and a stored file of version 1 stays readable', async () => {
  const bytes = encoded(objectFormat, [elements])
  assert.deepEqual(await decoded(readObjectFile, bytes), elements)
  assert.equal(bytes.toString('hex'), GOLDEN)
})

test('however elements are handed over, and however the bytes arrive, the file is the same', async () => {
  const many = Array.from({ length: 30_000 }, (_, i) => [`key ${i}`, i])
  const whole = encoded(objectFormat, [many])
  assert.ok(whole.length > 4 * 64 * 1024, 'several frames')
  const cut = [many.slice(0, 1), [], many.slice(1, 9000), many.slice(9000)]
  assert.ok(encoded(objectFormat, cut).equals(whole))
  for (const size of [1000, 65_536, 1e9]) assert.deepEqual(await decoded(readObjectFile, whole, size), many)
})

test('an element larger than a frame has one of its own', async () => {
  const long = 'x'.repeat(300_000)
  assert.deepEqual(await decoded(readObjectFile, encoded(objectFormat, [['a', long, 'b']]), 4096), ['a', long, 'b'])
})

test('a file that is damaged anywhere, cut short, or of another kind is refused', async () => {
  const bytes = encoded(objectFormat, [elements])
  for (let end = 0; end < bytes.length; end++) {
    await assert.rejects(decoded(readObjectFile, bytes.subarray(0, end)), { code: 'file-corrupt', kind: 'data' })
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 16
    await assert.rejects(decoded(readObjectFile, damaged), { code: 'file-corrupt' }, `byte ${at}`)
  }
  await assert.rejects(decoded(readObjectFile, Buffer.concat([bytes, Buffer.of(0)])), /More follows the end/)
  await assert.rejects(
    decoded(readObjectFile, Buffer.from('row row row your boat')),
    /not an object file; .*file:\/\/\/x$/,
  )
  await assert.rejects(decoded(readObjectFile, Buffer.from('SluiceO\x02')), /version 1 .* not 2/)
  const frames = bytes.subarray(8, -12)
  const doubled = Buffer.concat([bytes.subarray(0, 8), frames, frames, bytes.subarray(-12)])
  await assert.rejects(decoded(readObjectFile, doubled), /Frames are missing/)
})

test('what is not plain data is refused, with its place', () => {
  assert.throws(() => encoded(objectFormat, [[{ f: () => 0 }]]), { code: 'not-encodable', message: /value\.f/ })
})
