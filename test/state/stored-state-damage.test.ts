import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Changelog, encodeChangelog } from '../../src/state/changelog.ts'
import { Rows } from '../../src/state/rows.ts'
import { decodeSnapshot, decodeSnapshotHeader, encodeSnapshot } from '../../src/state/snapshot.ts'
import { Table } from '../../src/state/table.ts'
import { encodeValue } from '../../src/util/codec.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import { SluiceError } from '../../src/util/errors.ts'

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

test('the bytes of a changelog are fixed', () => {
  assert.equal(
    Buffer.from(sampleChangelog()).toString('hex'),
    [
      '534c434c02', // SLCL, version 2
      '816b01' + 'a2018178' + 'b1846c697374a20102', // 'k': 1, [1, 'x']: { list: [1, 2] }
      '836f6c64' + '846b65707403', // delete 'old', 'kept': 3
      'a3dae803' + 'a88161000200020010dcf904e1e5' + 'a8816201020101000adc175e8c72', // [1000, ['a', …], ['b', …]]
      '20000000' + '57c32869',
    ].join(''),
  )
})

test('the bytes of a snapshot are fixed', () => {
  assert.equal(
    Buffer.from(sampleSnapshot()).toString('hex'),
    [
      '534c534e02', // SLSN, version 2
      '8161' + '00' + '02' + 'dae803' + '00' + '02', // 'a', partition 0 of 2, batch 1000, without times, 2 entries
      '816b01' + 'a2018178' + 'b1846c697374a20102', // 'k': 1, [1, 'x']: { list: [1, 2] }
      'dcc8c348',
    ].join(''),
  )
})

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
  everyFlip(sound, (bytes) => assert.throws(() => readChangelog(bytes), CORRUPT))
})

test('every flipped bit of a snapshot is found, also by those who want only its header', () => {
  const sound = sampleSnapshot()
  decodeSnapshot(sound, 'object-7')
  everyFlip(sound, (bytes) => {
    assert.throws(() => decodeSnapshot(bytes, 'object-7'), CORRUPT)
    assert.throws(() => decodeSnapshotHeader(bytes, 'object-7'), CORRUPT)
  })
})

test('cut off at any length, changelogs and snapshots are refused', () => {
  const [changelog, snapshot] = [sampleChangelog(), sampleSnapshot()]
  for (let end = 0; end < changelog.length; end++)
    assert.throws(() => readChangelog(changelog.subarray(0, end)), CORRUPT)
  for (let end = 0; end < snapshot.length; end++)
    assert.throws(() => decodeSnapshot(snapshot.subarray(0, end), 'object-7'), CORRUPT)
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

test('a snapshot whose checksum is right but whose content is not is refused', () => {
  const header = Buffer.concat([...['a', 0, 2, 1000].map((value) => encodeValue(value))])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (content, withHeader) => {
      const body = Uint8Array.of(0x53, 0x4c, 0x53, 0x4e, 1, ...(withHeader ? header : []), ...content)
      const bytes = new Uint8Array(body.length + 4)
      bytes.set(body)
      new DataView(bytes.buffer).setUint32(body.length, crc32c(body), true)
      refusesOrWorks(() => decodeSnapshot(bytes, 'object-7'))
    }),
    { numRuns: 2000 },
  )
})

test('a changelog that deletes what is not there does not belong to this state', () => {
  assert.throws(() => new Changelog(sampleChangelog(), 'object-7').applyTo(new Rows(), B), CORRUPT)
})

test('a later format version is refused by its number, not misread', () => {
  const bytes = sampleSnapshot()
  bytes[4] = 3
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32c(bytes.subarray(0, -4)), true)
  assert.throws(() => decodeSnapshot(bytes, 'object-7'), { ...CORRUPT, message: /format version 3 .*: object-7$/ })
})

function everyFlip(sound: Uint8Array, check: (bytes: Uint8Array) => void): void {
  for (let bit = 0; bit < sound.length * 8; bit++) {
    const bytes = sound.slice()
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    check(bytes)
  }
}

function refusesOrWorks(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof SluiceError && error.code === 'state-corrupt', String(error))
  }
}
