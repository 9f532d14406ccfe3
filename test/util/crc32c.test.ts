import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c, crc32cHex } from '../../src/util/crc32c.ts'

const utf8 = new TextEncoder()

test('crc32c gives the check values of RFC 3720 and of the catalogue of CRCs', () => {
  const rising = Uint8Array.from({ length: 32 }, (_, i) => i)
  assert.equal(crc32cHex(utf8.encode('123456789')), 'e3069283')
  assert.equal(crc32cHex(new Uint8Array(32)), '8a9136aa')
  assert.equal(crc32cHex(new Uint8Array(32).fill(0xff)), '62a8ab43')
  assert.equal(crc32cHex(rising), '46dd794e')
  assert.equal(crc32cHex(rising.toReversed()), '113fdb5c')
  assert.equal(crc32cHex(new Uint8Array()), '00000000')
})

test('crc32c of parts, one carried into the next, is that of the whole, at any offset', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const whole = crc32c(bytes)
      assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), whole)
      assert.equal(whole, bitByBit(bytes))
    }),
  )
})

/** The definition, without tables. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
