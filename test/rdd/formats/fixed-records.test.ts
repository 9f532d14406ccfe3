import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fixedRecords } from '../../../src/rdd/formats/fixed-records.ts'

async function* inChunks(bytes: Uint8Array, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [...ends, bytes.length].sort((a, b) => a - b)
  for (const [i, end] of cuts.entries()) yield bytes.subarray(cuts[i - 1] ?? 0, end)
}

async function all(chunks: AsyncIterable<readonly Uint8Array[]>): Promise<Uint8Array[]> {
  const records: Uint8Array[] = []
  for await (const chunk of chunks) records.push(...chunk)
  return records
}

const url = 'memory://in/a.bin'

test('however the bytes arrive, records are of one length, and what is left over is kept or refused', async () => {
  const length = fc.integer({ min: 1, max: 40 })
  const bytes = fc.uint8Array({ maxLength: 200 })
  const ends = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(bytes, ends, length, async (whole, cuts, recordLength) => {
      const chunks = () =>
        inChunks(
          whole,
          cuts.filter((cut) => cut <= whole.length),
        )
      const records = await all(fixedRecords(chunks(), { url, recordLength, keepsRest: true }))
      assert.deepEqual(Uint8Array.from(records.flatMap((record) => [...record])), Uint8Array.from(whole))
      assert.ok(records.slice(0, -1).every((record) => record.length === recordLength))
      const strict = all(fixedRecords(chunks(), { url, recordLength }))
      if (whole.length % recordLength === 0) assert.deepEqual(await strict, records)
      else await assert.rejects(strict, { code: 'record-length', kind: 'data' })
    }),
  )
})
