import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Changelog, encodeChangelog } from '../../src/state/changelog.ts'
import { Rows } from '../../src/state/rows.ts'
import { Table } from '../../src/state/table.ts'
import { encodeOrdered, encodeSnapshot, openSnapshot } from './whole-snapshot.ts'

/**
 * The stored forms of state as files, so that no change of a form goes unnoticed: stored state is read by later releases. A new
 * version of a form gets new files beside these (`UPDATE_GOLDEN=1` writes what is missing); files that are here never change.
 */
const GOLDEN = new URL('golden/', import.meta.url)
const A = { operator: 'a', partition: 0, partitions: 2 }
const B = { operator: 'b', partition: 1, partitions: 2 }

/** Values of every kind that can be stored; what comes back is to be the same, exactly. */
const VALUES: readonly (readonly [unknown, unknown])[] = [
  [0, [undefined, null, true, false]],
  [-1, [0, -0, 127, 128, -1, 2 ** 53 - 1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE]],
  [1e6, [0n, -1n, 2n ** 70n, -(2n ** 70n)]],
  [2.5, ['', 'word', 'é😀', '\ud800', 'x'.repeat(100)]],
  ['text', [new Date(0), new Date(-1), new Date(8.64e15)]],
  [null, { a: { b: [{ c: 1 }] }, __proto__x: 2 }],
  [
    true,
    new Map<unknown, unknown>([
      ['k', new Set([1, 'one', [1]])],
      [{ of: 'objects' }, new Map()],
    ]),
  ],
  [7n, [Uint8Array.of(1, 2), Float64Array.of(-0, Number.NaN), BigInt64Array.of(-5n), new Int16Array()]],
  [new Date(5), Uint8Array.of(1, 2, 3).buffer],
  [[1, 'a'], Object.assign(Object.create(null), { bare: true })],
  [{ x: 1 }, 'a scalar'],
]

function changelog(): Uint8Array {
  const a = new Table<unknown, unknown>(A, new Rows())
  for (const [key, value] of VALUES) a.set(key, value)
  const b = new Table<unknown, unknown>(B, timedRows(3))
  b.deleteAt(b.find(0))
  b.setAt(b.find(1), 'changed', 9000)
  b.append('new', 1, 9000)
  const sections = [a.seal(9000), b.seal(9000)].filter((section) => section !== undefined)
  return encodeChangelog(9000, sections)
}

function timedRows(keys: number): Rows {
  const rows = new Rows()
  for (let key = 0; key < keys; key++) rows.append(key, key * 100, key * 500)
  return rows
}

function rowsOfValues(): Rows {
  const table = new Table<unknown, unknown>(A, new Rows())
  for (const [key, value] of VALUES) table.set(key, value)
  table.seal(1000)
  return table.release()
}

const FORMS: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>])[] = [
  ['changelog-2', changelog],
  ['snapshot-3-values', () => encodeSnapshot({ ...A, batchTime: 1000 }, rowsOfValues())],
  ['snapshot-3-ordered', () => encodeOrdered({ ...A, batchTime: 1000 }, rowsOfValues())],
  ['snapshot-3-numbers', () => encodeSnapshot({ ...A, batchTime: 400_000 }, timedRows(700), true)],
]

for (const [name, encode] of FORMS) {
  test(`the stored form ${name} is fixed`, async () => {
    const bytes = await encode()
    const file = new URL(`${name}.hex`, GOLDEN)
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${hex(bytes).replace(/(.{128})/g, '$1\n')}\n`, { flag: 'wx' })
    assert.equal(hex(bytes), readFileSync(file, 'utf8').replaceAll('\n', ''))
  })
}

test('what is stored of every kind of value comes back exactly, from a snapshot and from a changelog', async () => {
  for (const form of ['snapshot-3-values', 'snapshot-3-ordered']) {
    const snapshot = await openSnapshot(stored(form), 'golden')
    assertValues(await snapshot.rows())
  }
  const changed = new Rows()
  new Changelog(stored('changelog-2'), 'golden').applyTo(changed, A)
  assertValues(changed)
})

test('a snapshot of numbers comes back with its order and its times', async () => {
  const snapshot = await openSnapshot(stored('snapshot-3-numbers'), 'golden')
  const { operator, partition, partitions, batchTime } = snapshot.index
  assert.deepEqual([operator, partition, partitions, batchTime], ['a', 0, 2, 400_000])
  const rows = await snapshot.rows()
  assert.deepEqual(
    Array.from({ length: rows.slots }, (_, slot) => [rows.key(slot), rows.value(slot), rows.time(slot)]),
    Array.from({ length: 700 }, (_, key) => [key, key * 100, key * 500]),
  )
})

function assertValues(rows: Rows): void {
  const table = new Table<unknown, unknown>(A, rows)
  assert.deepEqual([...table.entries()], VALUES)
}

function stored(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(readFileSync(new URL(`${name}.hex`, GOLDEN), 'utf8').replaceAll('\n', ''), 'hex'))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
