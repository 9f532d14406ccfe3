import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dueSnapshots } from '../../src/state/snapshot-policy.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { StateWorld } from './state-world.ts'

const POLICY = { minBytes: 1000, maxChangelogs: 10, wholeEntries: 1000, heldBytes: 1e9 }

test('a partition is due when its changes outgrow it, or the least that counts, or the changelogs are too many', () => {
  const due = (stateBytes: number, changeBytes: number, changelogs = 1) =>
    dueSnapshots([{ stateBytes, changeBytes, changelogs, growth: 1 }], POLICY).length
  assert.equal(due(5000, 4000), 0)
  assert.equal(due(5000, 4001), 1)
  assert.equal(due(10, 1000), 0)
  assert.equal(due(10, 1001), 1)
  assert.equal(due(5000, 1, 10), 0)
  assert.equal(due(5000, 1, 11), 1)
  assert.equal(due(0, 0, 0), 0)
})

test('a large state allows more changelogs, since a snapshot of it costs more than reading them; four times as many at most', () => {
  const due = (stateBytes: number, changelogs: number) =>
    dueSnapshots([{ stateBytes, changeBytes: 1, changelogs, growth: 1 }], POLICY).length
  assert.deepEqual([due(20 * 64 * 1024, 20), due(20 * 64 * 1024, 21)], [0, 1])
  assert.deepEqual([due(1e9, 40), due(1e9, 41)], [0, 1])
})

test('a partition is due when it has five times the entries of its last snapshot, or none, if its changes count', () => {
  const due = (growth: number, changeBytes = 1001) =>
    dueSnapshots([{ stateBytes: 5000, changeBytes, changelogs: 1, growth }], POLICY).length
  assert.deepEqual([due(5), due(5.1), due(Number.POSITIVE_INFINITY), due(Number.POSITIVE_INFINITY, 1000)], [0, 1, 1, 0])
})

test('of many due partitions a quarter is taken, the most outgrown first', () => {
  const partitions = Array.from({ length: 8 }, (_, i) => ({
    ...{ stateBytes: 5000, changeBytes: 6000 + i, changelogs: 1, growth: 1 },
  }))
  assert.deepEqual(
    dueSnapshots(partitions, POLICY).map((p) => p.changeBytes),
    [6007, 6006],
  )
})

test('a partition twice outgrown waits for no other', () => {
  const partitions = Array.from({ length: 8 }, () => ({
    stateBytes: 5000,
    changeBytes: 8001,
    changelogs: 1,
    growth: 1,
  }))
  assert.equal(dueSnapshots(partitions, POLICY).length, 8)
})

interface Churn {
  /** All set by the first batch; none: each batch sets new ones. */
  readonly keys: number
  readonly changes: number
  readonly batches: number
  readonly maxChangelogs?: number
}

/** Runs batches that each change so many keys, over four partitions. */
async function churn({ keys, changes, batches, maxChangelogs = 16 }: Churn) {
  const world = new StateWorld()
  const store = new StateStore({ snapshots: { minBytes: 1000, maxChangelogs } })
  const perBatch: { changes: number; snapshots: number; cut: number; retained: number }[] = []
  for (let batch = 1; batch <= batches; batch++) {
    const run = store.open(world.base, world)
    const tables = await Promise.all([0, 1, 2, 3].map((p) => run.table<number, number>('sums', p, 4)))
    const first = keys > 0 && batch === 1
    for (let i = 0; i < (first ? keys : changes); i++) {
      const drawn = keys === 0 ? batch * changes + i : (i * 7919 + batch * 104_729) % keys
      const key = first ? i : drawn
      tables[key % 4]?.set(key, batch * 1000 + i)
    }
    const sealed = await world.commit(run, batch)
    perBatch.push({
      changes: sealed.changes?.length ?? 0,
      snapshots: sum(cutIn(world, batch)),
      cut: sealed.snapshots.length,
      retained: world.base?.state.changelogs.length ?? 0,
    })
  }
  return { world, perBatch }
}

/** The sizes of the snapshots of a batch that was just committed. */
function cutIn(world: StateWorld, batchTime: number): number[] {
  const cut = world.base?.state.snapshots.filter((ref) => ref.batchTime === batchTime) ?? []
  return cut.map(({ object }) => object.sizeBytes)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

test('snapshots add at most 1.25 bytes to each of changes, and bound what a restore reads', async () => {
  const { world, perBatch } = await churn({ keys: 4000, changes: 400, batches: 1000 })
  const changes = sum(perBatch.map((b) => b.changes))
  const snapshots = sum(perBatch.map((b) => b.snapshots))
  assert.ok(snapshots > 0 && snapshots <= 1.25 * changes, `${snapshots} bytes of snapshots for ${changes} of changes`)
  const state = world.base?.state
  const read = sum([
    ...(state?.snapshots ?? []).map((s) => s.object.sizeBytes),
    ...(state?.changelogs ?? []).map((c) => c.sizeBytes),
  ])
  const stateBytes = sum((state?.snapshots ?? []).map((s) => s.object.sizeBytes))
  assert.ok(read <= 4 * stateBytes, `a restore reads ${read} bytes of a state of ${stateBytes}`)
})

test('of a state that only grows, snapshots are at most twice as many bytes as 1.25 times its changes', async () => {
  const { perBatch } = await churn({ keys: 0, changes: 100, batches: 300, maxChangelogs: 1000 })
  const changes = sum(perBatch.map((b) => b.changes))
  const snapshots = sum(perBatch.map((b) => b.snapshots))
  assert.ok(
    snapshots > 0 && snapshots <= 2 * 1.25 * changes,
    `${snapshots} bytes of snapshots for ${changes} of changes`,
  )
})

test('no batch writes the snapshots of all partitions, though they grow alike', async () => {
  const { perBatch } = await churn({ keys: 4000, changes: 400, batches: 120 })
  assert.ok(perBatch.every(({ cut }) => cut <= 1))
  assert.ok(perBatch.some(({ cut }) => cut === 1))
})

test('few changes to a large state retain a bounded number of changelogs', async () => {
  const { perBatch } = await churn({ keys: 4000, changes: 5, batches: 100 })
  const most = Math.max(...perBatch.map(({ retained }) => retained))
  assert.ok(most <= 16 + 4, `${most} changelogs retained`)
})

test('a partition that changed once and never again does not keep its changelog for ever', async () => {
  const world = new StateWorld()
  const store = new StateStore({ snapshots: { minBytes: 1000, maxChangelogs: 5 } })
  for (let batch = 1; batch <= 20; batch++) {
    const run = store.open(world.base, world)
    const once = await run.table<string, number>('once', 0, 1)
    const often = await run.table<string, number>('often', 0, 1)
    if (batch === 1) once.set('a', 1)
    often.set('b', batch)
    await world.commit(run, batch)
  }
  const times = world.base?.state.changelogs.map((ref) => ref.batchTime) ?? []
  assert.ok(!times.includes(1) && times.length <= 7, `retained: ${times}`)
  assert.equal(await restored(world, 'once', 'a'), 1)
})

async function restored(world: StateWorld, operator: string, key: string): Promise<unknown> {
  return (await new StateStore().open(world.base, world).table(operator, 0, 1)).get(key)
}
