import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { joinedBytes } from '../../src/state/snapshot-pieces.ts'
import type { StoredBytes } from '../../src/state/stored-parts.ts'

test('any range of several pieces is what it is of their bytes one after the other', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 6 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(30), fc.nat(30), async (contents, a, b) => {
      const whole = Buffer.concat(contents)
      const [start, end] = [Math.min(a, b, whole.length), Math.min(Math.max(a, b), whole.length)]
      const [last = bytesOf(new Uint8Array(), 0), ...earlier] = contents.map(bytesOf).reverse()
      const joined = joinedBytes([...earlier.reverse(), last])
      assert.deepEqual([joined.name, joined.sizeBytes], [`piece ${contents.length - 1}`, whole.length])
      assert.deepEqual(Buffer.from(await joined.read(start, end)), whole.subarray(start, end))
    }),
  )
})

function bytesOf(bytes: Uint8Array, number: number): StoredBytes {
  return { name: `piece ${number}`, sizeBytes: bytes.length, read: async (start, end) => bytes.slice(start, end) }
}
