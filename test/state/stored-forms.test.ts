import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Changelog, encodeChangelog, encodeMerged } from '../../src/state/changelog.ts'
import { mergedChanges } from '../../src/state/merged-changes.ts'
import { Rows } from '../../src/state/rows.ts'
import { Stored } from '../../src/state/stored.ts'
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
  return sealed([tableOfValues(), tableOfTimes()], 9000)
}

/** Of two changelogs: the second one changes, deletes and puts again what the first one does, and what was there before. */
function mergedChangelog(): Uint8Array {
  const [a, b] = [tableOfValues(), tableOfTimes()]
  a.set(0, 'not yet')
  a.set('gone', 'soon')
  const first = sealed([a, b], 9000)
  const [nextA, nextB] = [new Table<unknown, unknown>(A, a.release()), new Table<unknown, unknown>(B, b.release())]
  for (const [key, value] of VALUES.slice(0, 1)) nextA.set(key, value)
  nextA.delete('gone')
  nextB.deleteAt(nextB.find('new'))
  nextB.setAt(nextB.find(2), 'later', 10_000)
  nextB.append(0, 'again', 10_000)
  const parts = [first, sealed([nextA, nextB], 10_000)].map((bytes) => new Changelog(bytes, 'golden'))
  const sections = mergedChanges(parts, () => true)
  return encodeMerged(10_000, sections)
}

function sealed(tables: readonly Table<unknown, unknown>[], batchTime: number): Uint8Array {
  const sections = tables.map((table) => table.seal(batchTime)).filter((section) => section !== undefined)
  return encodeChangelog(batchTime, sections)
}

function tableOfValues(): Table<unknown, unknown> {
  const table = new Table<unknown, unknown>(A, new Rows())
  for (const [key, value] of VALUES) table.set(key, value)
  return table
}

/** Of three keys with times, one deleted, one changed, and one that is new. */
function tableOfTimes(): Table<unknown, unknown> {
  const table = new Table<unknown, unknown>(B, timedRows(3))
  table.deleteAt(table.find(0))
  table.setAt(table.find(1), 'changed', 9000)
  table.append('new', 1, 9000)
  return table
}

function timedRows(keys: number): Rows {
  const rows = new Rows()
  for (let key = 0; key < keys; key++) rows.append(key, key * 100, key * 500)
  return rows
}

function rowsOfValues(): Rows {
  const table = tableOfValues()
  table.seal(1000)
  return table.release()
}

const FORMS: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>])[] = [
  ['changelog-2', changelog],
  ['changelog-3', mergedChangelog],
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
  for (const form of ['changelog-2', 'changelog-3']) {
    const changed = new Rows()
    new Changelog(stored(form), 'golden').applyTo(changed, A)
    assertValues(changed)
  }
})

test('changes of one batch come back with their times, and are refused by a table that lacks what they delete', () => {
  const changelog = new Changelog(stored('changelog-2'), 'golden')
  const rows = timedRows(3)
  changelog.applyTo(rows, B)
  assert.deepEqual(entriesOf(rows), [
    [1, 'changed', 9000],
    [2, 200, 1000],
    ['new', 1, 9000],
  ])
  assert.throws(() => changelog.applyTo(new Rows(), B), { code: 'state-corrupt', message: /not in 'b'/ })
})

test('merged changes come back with their times and their order, also where what they delete is not there', () => {
  const changelog = new Changelog(stored('changelog-3'), 'golden')
  assert.equal(changelog.batchTime, 10_000)
  const later = [
    [1, 'changed', 9000],
    [2, 'later', 10_000],
    [0, 'again', 10_000],
  ]
  for (const keys of [3, 0]) {
    const rows = timedRows(keys)
    changelog.applyTo(rows, B)
    assert.deepEqual(entriesOf(rows), later, `${keys} keys before`)
  }
  const [, ofB] = changelog.sections
  assert.deepEqual(ofB && [...changelog.entriesOf(ofB)], [
    { kind: 'deleted', key: 0 },
    { kind: 'deleted', key: 'new' },
    ...later.map(([key, value, time]) => ({ kind: 'put', key, value, time })),
  ])
})

test('a snapshot of numbers comes back with its order and its times', async () => {
  const snapshot = await openSnapshot(stored('snapshot-3-numbers'), 'golden')
  const { operator, partition, partitions, batchTime } = snapshot.index
  assert.deepEqual([operator, partition, partitions, batchTime], ['a', 0, 2, 400_000])
  const rows = await snapshot.rows()
  assert.deepEqual(
    entriesOf(rows),
    Array.from({ length: 700 }, (_, key) => [key, key * 100, key * 500]),
  )
})

function assertValues(rows: Rows): void {
  const table = new Table<unknown, unknown>(A, rows)
  assert.deepEqual([...table.entries()], VALUES)
}

/** What is in rows: key, value and time. */
function entriesOf(rows: Rows): unknown[] {
  const slots = Array.from({ length: rows.slots }, (_, slot) => slot).filter((slot) => rows.isAlive(slot))
  return slots.map((slot) => {
    const value = rows.value(slot)
    return [rows.key(slot), value instanceof Stored ? value.value() : value, rows.time(slot)]
  })
}

function stored(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(readFileSync(new URL(`${name}.hex`, GOLDEN), 'utf8').replaceAll('\n', ''), 'hex'))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
