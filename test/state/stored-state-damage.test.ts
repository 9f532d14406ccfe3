import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Changelog, encodeChangelog } from '../../src/state/changelog.ts'
import { Rows } from '../../src/state/rows.ts'
import { encodeIndex, HEADER, type Parts } from '../../src/state/snapshot-index.ts'
import { Table } from '../../src/state/table.ts'
import { concatBytes } from '../../src/util/concat-bytes.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { encodeSnapshot, openSnapshot } from './whole-snapshot.ts'

const A = { operator: 'a', partition: 0, partitions: 2 }
const B = { operator: 'b', partition: 1, partitions: 2 }
const CORRUPT = { name: 'SluiceError', code: 'state-corrupt', kind: 'data', message: /: object-7$/ }

function sampleChangelog(): Uint8Array {
  const a = new Table<unknown, unknown>(A, new Rows())
  a.set('k', 1)
  a.set([1, 'x'], { list: [1, 2] })
  const b = new Table<unknown, unknown>(B, rowsWith(['old', 1], ['kept', 2]))
  b.delete('old')
  b.set('kept', 3)
  const sections = [a.seal(1000), b.seal(1000)].filter((section) => section !== undefined)
  return encodeChangelog(1000, sections)
}

function sampleSnapshot(): Uint8Array {
  return encodeSnapshot({ ...A, batchTime: 1000 }, rowsWith(['k', 1], [[1, 'x'], { list: [1, 2] }]))
}

function rowsWith(...entries: readonly (readonly [unknown, unknown])[]): Rows {
  const table = new Table<unknown, unknown>(A, new Rows())
  for (const [key, value] of entries) table.set(key, value)
  table.seal(1000)
  return table.release()
}

function readChangelog(bytes: Uint8Array): void {
  const changelog = new Changelog(bytes, 'object-7')
  changelog.applyTo(new Rows(), A)
  changelog.applyTo(rowsWith(['old', 1], ['kept', 2]), B)
}

test('a changelog applies a section without looking at the others', () => {
  const bytes = sampleChangelog()
  const changelog = new Changelog(bytes, 'object-7')
  const [a, b] = changelog.sections
  assert.ok(a && b)
  bytes.fill(0, a.start, a.start + a.sizeBytes)
  const rows = rowsWith(['old', 1], ['kept', 2])
  changelog.applyTo(rows, B)
  assert.deepEqual([rows.size, rows.value(rows.find('kept'))], [1, 3])
  assert.throws(() => changelog.applyTo(new Rows(), A), CORRUPT)
})

test('every flipped bit of a changelog is found', () => {
  const sound = sampleChangelog()
  readChangelog(sound)
  for (let bit = 0; bit < sound.length * 8; bit++)
    assert.throws(() => readChangelog(flipped(sound, bit)), CORRUPT, `bit ${bit}`)
})

test('every flipped bit of a snapshot is found when it is read', async () => {
  for (const sound of [sampleSnapshot(), encodeSnapshot({ ...A, batchTime: 5000 }, timedRows(20), true)]) {
    await readAll(sound)
    for (let bit = 0; bit < sound.length * 8; bit++)
      await assert.rejects(readAll(flipped(sound, bit)), CORRUPT, `bit ${bit}`)
  }
})

test('cut off at any length, changelogs and snapshots are refused', async () => {
  const [changelog, snapshot] = [sampleChangelog(), sampleSnapshot()]
  for (let end = 0; end < changelog.length; end++)
    assert.throws(() => readChangelog(changelog.subarray(0, end)), CORRUPT)
  for (let end = 0; end < snapshot.length; end++)
    await assert.rejects(readAll(snapshot.subarray(0, end)), CORRUPT, `${end} bytes`)
})

test('a changelog whose checksums are right but whose content is not is refused', () => {
  const counts = fc.oneof(fc.nat(4), fc.maxSafeNat())
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), counts, counts, (bytes, deletes, puts) => {
      const encoded = encodeChangelog(1000, [{ ...A, deletes, puts, timed: false, bytes }])
      refusesOrWorks(() => new Changelog(encoded, 'object-7').applyTo(new Rows(), A))
    }),
    { numRuns: 2000 },
  )
})

test('a snapshot whose checksums are right but whose content is not is refused', async () => {
  const count = fc.oneof(fc.nat(4), fc.constant(2 ** 31), fc.maxSafeNat())
  const part = fc.uint8Array({ maxLength: 40 })
  const property = fc.asyncProperty(part, part, count, count, async (block, times, entries, places) => {
    const index = encodeIndex({
      ...{ ...A, batchTime: 1000, timed: block.length % 2 === 0, entries, places },
      ...{ blocks: partOf(block), hashes: Uint32Array.of(0), times: partOf(times) },
      ...{ firstTimes: Float64Array.of(0), filter: { sizes: new Uint32Array(), checksums: new Uint32Array() } },
    })
    const bytes = concatBytes([HEADER, block, times, index])
    await readAll(bytes).catch((error: unknown) => refusesOrWorks(() => raise(error)))
  })
  await fc.assert(property, { numRuns: 2000 })
})

test('a changelog that deletes what is not there does not belong to this state', () => {
  assert.throws(() => new Changelog(sampleChangelog(), 'object-7').applyTo(new Rows(), B), CORRUPT)
})

test('a later format version is refused by its number, not misread', async () => {
  const bytes = sampleSnapshot()
  bytes[4] = 4
  await assert.rejects(readAll(bytes), {
    ...CORRUPT,
    message: /version 4 is of a newer .*: object-7$/,
  })
  bytes[4] = 2
  await assert.rejects(readAll(bytes), {
    ...CORRUPT,
    message: /version 2 is of a release .*: object-7$/,
  })
})

function flipped(sound: Uint8Array, bit: number): Uint8Array {
  const bytes = sound.slice()
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes
}

function timedRows(keys: number): Rows {
  const rows = new Rows()
  for (let key = 0; key < keys; key++) rows.append(key, key, key * 100)
  return rows
}

/** All that a snapshot has, each part by itself. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const snapshot = await openSnapshot(bytes, 'object-7')
  await snapshot.rows()
  await snapshot.changedIn({ from: 0, until: Number.POSITIVE_INFINITY })
  await snapshot.filter()
}

function partOf(bytes: Uint8Array): Parts {
  return { sizes: Uint32Array.of(bytes.length), checksums: Uint32Array.of(crc32c(bytes)) }
}

function raise(error: unknown): never {
  throw error
}

function refusesOrWorks(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof SluiceError && error.code === 'state-corrupt', String(error))
  }
}
