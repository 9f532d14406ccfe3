import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChangelogRef } from '../../src/checkpoint/manifest.ts'
import { Changelog, encodeChangelog, encodeMerged } from '../../src/state/changelog.ts'
import { dueMerge } from '../../src/state/due-merge.ts'
import { mergedChanges } from '../../src/state/merged-changes.ts'
import { Rows } from '../../src/state/rows.ts'
import { DEFAULT_SNAPSHOT_POLICY } from '../../src/state/snapshot-policy.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { Table } from '../../src/state/table.ts'
import { StateWorld } from './state-world.ts'

const A = { operator: 'a', partition: 0, partitions: 1 }
const POLICY = { ...DEFAULT_SNAPSHOT_POLICY, mergedAtOnce: 3, mergedBytes: 1000 }

/** Refs of these tiers, of batches 1, 2, 3 and so on. */
function refs(tiers: readonly number[], sizeBytes = 10): ChangelogRef[] {
  return tiers.map((merged, i) => ({ batchTime: i + 1, sizeBytes, ...(merged > 0 ? { merged } : {}) }))
}

function due(changelogs: readonly ChangelogRef[], apart: readonly number[] = []): number[] | undefined {
  return dueMerge(changelogs, POLICY, apart)?.map(({ batchTime }) => batchTime)
}

test('as many neighbours as it takes are merged, the oldest of those that were merged least often', () => {
  assert.equal(due(refs([])), undefined)
  assert.equal(due(refs([0, 0])), undefined)
  assert.deepEqual(due(refs([0, 0, 0, 0])), [1, 2, 3])
  assert.equal(due(refs([1, 1, 0, 0])), undefined)
  assert.deepEqual(due(refs([1, 1, 1, 0, 0, 0])), [4, 5, 6])
  assert.deepEqual(due(refs([1, 1, 1, 0, 0])), [1, 2, 3])
  assert.equal(due(refs([0, 0, 1, 0])), undefined)
})

test('changelogs that are large together are not merged; smaller ones after them are', () => {
  assert.deepEqual(due(refs([0, 0, 0], 333)), [1, 2, 3])
  assert.equal(due(refs([0, 0, 0], 334)), undefined)
  const [large, ...small] = refs([0, 0, 0, 0])
  assert.deepEqual(due([{ batchTime: 1, ...large, sizeBytes: 981 }, ...small]), [2, 3, 4])
})

test('changes from before and from after a snapshot that is being written are not merged', () => {
  assert.equal(due(refs([0, 0, 0]), [1]), undefined)
  assert.equal(due(refs([0, 0, 0]), [2]), undefined)
  assert.deepEqual(due(refs([0, 0, 0]), [3]), [1, 2, 3])
  assert.deepEqual(due(refs([0, 0, 0, 0, 0]), [2]), [3, 4, 5])
})

type Act = readonly ['put', string, number] | readonly ['delete', string]

/** The changelogs of batches 1, 2, 3 and so on, the first of them on a table with these keys. */
function changelogsOf(keys: readonly string[], batches: readonly (readonly Act[])[]): Changelog[] {
  let rows = rowsOf(keys)
  return batches.map((acts, i) => {
    const table = new Table<string, number>(A, rows)
    for (const [act, key, value = 0] of acts) {
      if (act === 'delete') table.delete(key)
      else table.set(key, value)
    }
    const section = table.seal(i + 1)
    rows = table.release()
    return new Changelog(encodeChangelog(i + 1, section ? [section] : []), `changelog ${i + 1}`)
  })
}

function rowsOf(keys: readonly string[]): Rows {
  const table = new Table<string, number>(A, new Rows())
  for (const key of keys) table.set(key, 0)
  table.seal(0)
  return table.release()
}

/** What a table with these keys comes to by what the changelogs were merged to. */
function merged(keys: readonly string[], parts: readonly Changelog[]): (readonly [string, number])[] {
  const one = new Changelog(
    encodeMerged(
      parts.length,
      mergedChanges(parts, () => true),
    ),
    'merged',
  )
  const rows = rowsOf(keys)
  one.applyTo(rows, A)
  return [...new Table<string, number>(A, rows).entries()]
}

test('of each key the last change counts, new keys come in the order in which they came', () => {
  const both: readonly Act[] = [
    ['put', 'a', 1],
    ['put', 'x', 1],
  ]
  const parts = changelogsOf(['x'], [[['put', 'b', 1]], both, [['put', 'b', 2]]])
  assert.deepEqual(merged(['x'], parts), [
    ['x', 1],
    ['b', 2],
    ['a', 1],
  ])
})

test('a key that was deleted and put again has a new place', () => {
  const parts = changelogsOf(['x', 'y'], [[['delete', 'x']], [['put', 'z', 1]], [['put', 'x', 1]]])
  assert.deepEqual(merged(['x', 'y'], parts), [
    ['y', 0],
    ['z', 1],
    ['x', 1],
  ])
})

test('a key that came and went within what is merged is not there, nor is it missed', () => {
  const parts = changelogsOf(['x'], [[['put', 'a', 1]], [['delete', 'a']], [['delete', 'x']]])
  assert.deepEqual(merged(['x'], parts), [])
})

test('what counts for nothing is left out', () => {
  const parts = changelogsOf([], [[['put', 'a', 1]], [['put', 'b', 2]]])
  const [section] = mergedChanges(parts, (_, batchTime) => batchTime > 1)
  assert.deepEqual([section?.deletes, section?.puts], [0, 1])
})

test('changes with times and without are not merged', () => {
  const table = new Table<string, number>(A, new Rows())
  table.append('k', 1, 5)
  const section = table.seal(3)
  assert.ok(section)
  const timed = new Changelog(encodeChangelog(3, [section]), 'timed')
  const parts = [...changelogsOf([], [[['put', 'a', 1]]]), timed]
  assert.throws(() => mergedChanges(parts, () => true), { code: 'state-corrupt', message: /timed/ })
})

test('what could not be merged stays as it is, and is merged by a later batch', async () => {
  const world = new StateWorld()
  const store = new StateStore({ snapshots: { mergedAtOnce: 3 } })
  const retained = () => world.base?.state.changelogs.map(({ batchTime, merged = 0 }) => `${batchTime}/${merged}`)
  for (const batch of [1, 2, 3, 4, 5]) {
    const run = store.open(world.base, world)
    const table = await run.table<number, number>('sums', 0, 1)
    table.set(batch, batch)
    world.refuses = batch === 4
    await world.commit(run, batch)
    if (batch === 4) assert.deepEqual(retained(), ['1/0', '2/0', '3/0', '4/0'])
  }
  assert.deepEqual(retained(), ['3/1', '4/0', '5/0'])
  const restored = await new StateStore().open(world.base, world).table<number, number>('sums', 0, 1)
  assert.deepEqual([...restored.entries()].flat(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
})
