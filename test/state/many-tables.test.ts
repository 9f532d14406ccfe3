import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StateManifest } from '../../src/checkpoint/manifest.ts'
import { Gate } from '../../src/state/gate.ts'
import { DEFAULT_SNAPSHOT_POLICY } from '../../src/state/snapshot-policy.ts'
import { StateReads } from '../../src/state/state-objects.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { StoredTables } from '../../src/state/stored-tables.ts'
import { StateWorld } from './state-world.ts'

const TABLES = 300
const BATCHES = 4

/** A state of many tables, each changed in every batch. */
async function worldOfMany(store: StateStore): Promise<StateWorld> {
  const world = new StateWorld()
  for (let batchTime = 1; batchTime <= BATCHES; batchTime++) await touchAll(store, world, batchTime)
  return world
}

async function touchAll(store: StateStore, world: StateWorld, batchTime: number): Promise<void> {
  const run = store.open(world.base, world)
  for (let partition = 0; partition < TABLES; partition++)
    (await run.table<string, number>('counts', partition, TABLES)).set('n', batchTime)
  await world.commit(run, batchTime)
}

/** Counts how often somebody asks these records for their operator. */
function countLooks(records: readonly object[]): () => number {
  let looks = 0
  for (const record of records) {
    const { operator } = record as { readonly operator: string }
    const get = () => {
      looks++
      return operator
    }
    Object.defineProperty(record, 'operator', { enumerable: true, get })
  }
  return () => looks
}

test('what is looked at to restore all tables grows with changelogs and tables, not with the square of these', async () => {
  const world = await worldOfMany(new StateStore())
  const state = world.base?.state as StateManifest
  const reads = new StateReads(world, new Gate(16))
  const changelogs = await Promise.all(state.changelogs.map((ref) => reads.changelog(ref)))
  const looks = countLooks(changelogs.flatMap(({ sections }) => sections))
  const stored = new StoredTables(state, reads, { coverage: new Map(), policy: DEFAULT_SNAPSHOT_POLICY })
  for (let partition = 0; partition < TABLES; partition++)
    assert.equal((await stored.whole({ operator: 'counts', partition, partitions: TABLES })).rows.size, 1)
  assert.equal(changelogs.length, BATCHES)
  assert.ok(looks() <= 10 * TABLES * BATCHES, `${looks()} looks at ${TABLES * BATCHES} sections`)
})

test('what a warm batch looks at of its snapshots grows with the tables, not with their square', async () => {
  const store = new StateStore({ snapshots: { maxChangelogs: 1 } })
  const world = await worldOfMany(store)
  const snapshots = world.base?.state.snapshots ?? []
  assert.equal(snapshots.length, TABLES)
  const looks = countLooks(snapshots)
  await touchAll(store, world, BATCHES + 1)
  assert.ok(looks() <= 60 * TABLES, `${looks()} looks at ${TABLES} snapshots`)
})
