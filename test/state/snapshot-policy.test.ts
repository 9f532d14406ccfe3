import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DEFAULT_SNAPSHOT_POLICY,
  dueSnapshots,
  type RestoreCost,
  type SnapshotPolicy,
} from '../../src/state/snapshot-policy.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { StateWorld } from './state-world.ts'

const POLICY = {
  minBytes: 1000,
  maxChangelogs: 10,
  wholeEntries: 1000,
  wholeBytes: 1e9,
  heldBytes: 1e9,
  pieceBytes: 1e6,
  mergedAtOnce: 32,
  mergedBytes: 1e6,
}

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
    dueSnapshots(partitions, POLICY).map(({ partition }) => partition.changeBytes),
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

/** Of a state of 10 MB, all of it due. */
function large(over: Partial<RestoreCost> = {}): RestoreCost {
  return { stateBytes: 1e7, changeBytes: 8.1e6, changelogs: 1, growth: 1, spread: 'now', ...over }
}

function bytesDue(partitions: readonly RestoreCost[], changedBytes = 0): number[] {
  return dueSnapshots(partitions, POLICY, changedBytes).map(({ sizeBytes }) => sizeBytes)
}

test('of a snapshot larger than what is allowed a batch, so much is written; what has been begun is ended first', () => {
  const [begun, other] = [large({ leftBytes: 4e6, changeBytes: 0 }), large({ changeBytes: 9e6 })]
  assert.deepEqual(dueSnapshots([other, begun, other, other], POLICY), [{ partition: begun, sizeBytes: 1e6 }])
  const ending = large({ leftBytes: 4e5 })
  assert.deepEqual(dueSnapshots([other, ending, other, other], POLICY), [
    { partition: ending, sizeBytes: Number.POSITIVE_INFINITY },
    { partition: other, sizeBytes: 6e5 },
  ])
})

test('a batch is allowed twice its changes, and more of a larger state, so that snapshots keep up', () => {
  assert.deepEqual(bytesDue([large()]), [1e6])
  assert.deepEqual(bytesDue([large()], 7e5), [1.4e6])
  assert.deepEqual(bytesDue([large()], 1e7), [Number.POSITIVE_INFINITY])
  assert.deepEqual(bytesDue([large({ stateBytes: 256e6, changeBytes: 210e6 })]), [2e6])
})

test('what presses, and what has no snapshot yet, is written at once, whatever it takes', () => {
  const all = Number.POSITIVE_INFINITY
  assert.deepEqual(bytesDue([large({ changeBytes: 17e6 })]), [all])
  assert.deepEqual(bytesDue([large({ changeBytes: 17e6, leftBytes: 5e6 })]), [all])
  assert.deepEqual(bytesDue([large({ growth: all })]), [all])
})

test('a process that holds a table for the first batch begins no snapshot of it that it cannot end', () => {
  assert.deepEqual(bytesDue([large({ spread: 'later' })]), [])
  assert.deepEqual(bytesDue([large({ spread: 'later' })], 5e6), [Number.POSITIVE_INFINITY])
  assert.deepEqual(bytesDue([large({ spread: 'never' })]), [Number.POSITIVE_INFINITY])
})

interface Churn {
  /** All set by the first batch; none: each batch sets new ones. */
  readonly keys: number
  readonly changes: number
  readonly batches: number
  readonly policy?: Partial<SnapshotPolicy>
}

/** Runs batches that each change so many keys, over four partitions. */
async function churn({ keys, changes, batches, policy }: Churn) {
  const world = new StateWorld()
  const store = new StateStore({ snapshots: { minBytes: 1000, maxChangelogs: 64, pieceBytes: 1e6, ...policy } })
  const perBatch: { changes: number; snapshots: number; merged: number; cut: number; retained: number }[] = []
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
      merged: world.objects.get(`merged-${batch}`)?.length ?? 0,
      cut: sealed.snapshots.length,
      retained: world.base?.state.changelogs.length ?? 0,
    })
  }
  return { world, perBatch }
}

/** The sizes of the snapshots, or pieces of them, that a batch has written. */
function cutIn({ objects }: StateWorld, batchTime: number): number[] {
  return [0, 1, 2, 3].flatMap((partition) => objects.get(`snapshot-${batchTime}-sums-${partition}`)?.length ?? [])
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

test('the same holds for snapshots that are written over several batches, and no batch writes more of them than is allowed', async () => {
  const { perBatch } = await churn({
    keys: 40_000,
    changes: 200,
    batches: 1000,
    policy: { maxChangelogs: 1000, pieceBytes: 4000 },
  })
  const changes = sum(perBatch.map((b) => b.changes))
  const snapshots = sum(perBatch.map((b) => b.snapshots))
  assert.ok(snapshots > 0 && snapshots <= 1.25 * changes, `${snapshots} bytes of snapshots for ${changes} of changes`)
  const later = perBatch.slice(5)
  const whole = Math.max(...perBatch.map((b) => b.snapshots))
  const most = Math.max(...later.map((b) => b.snapshots - 2 * b.changes))
  // A block or two more, each of some 10 KB.
  assert.ok(most < 4000 + 20_000 && most < whole / 2, `${most} bytes at once, ${whole} in the first batch`)
})

test('of a state of numbers that only grows, snapshots are never more than 2.5 times the bytes of its changes', async () => {
  for (const churned of [
    await churn({ keys: 0, changes: 100, batches: 300, policy: { maxChangelogs: 1000 } }),
    await churn({ keys: 0, changes: 2000, batches: 60, policy: DEFAULT_SNAPSHOT_POLICY }),
  ]) {
    let [changes, snapshots, most] = [0, 0, 0]
    for (const batch of churned.perBatch) {
      changes += batch.changes
      snapshots += batch.snapshots
      most = Math.max(most, snapshots / changes)
    }
    assert.ok(most > 0.5 && most <= 2 * 1.25, `${most} bytes of snapshots for each of changes`)
  }
})

test('no batch writes the snapshots of all partitions, though they grow alike', async () => {
  const { perBatch } = await churn({ keys: 4000, changes: 400, batches: 120 })
  assert.ok(perBatch.every(({ cut }) => cut <= 1))
  assert.ok(perBatch.some(({ cut }) => cut === 1))
})

test('few changes to a large state retain a bounded number of changelogs, also if none are merged', async () => {
  const policy = { maxChangelogs: 16, mergedBytes: 0 }
  const { perBatch } = await churn({ keys: 4000, changes: 5, batches: 100, policy })
  const most = Math.max(...perBatch.map(({ retained }) => retained))
  assert.ok(most <= 16 + 4, `${most} changelogs retained`)
})

test('few changes to many keys write at most 4.25 times their bytes: merged twice, and a share of snapshots', async () => {
  const policy = { mergedBytes: 20_000, maxChangelogs: 1024 }
  const { perBatch } = await churn({ keys: 20_000, changes: 20, batches: 1000, policy })
  const later = perBatch.slice(1)
  const [changes, merged, snapshots] = [
    sum(later.map((b) => b.changes)),
    sum(later.map((b) => b.merged)),
    sum(later.map((b) => b.snapshots)),
  ]
  const written = `${changes} bytes of changes, ${merged} merged, ${snapshots} of snapshots`
  assert.ok(snapshots > 0 && snapshots <= 1.25 * changes, written)
  assert.ok(merged > 0 && merged <= 2 * changes, written)
  const most = Math.max(...perBatch.map(({ retained }) => retained))
  assert.ok(most <= 31 + 31 + 31, `${most} changelogs retained`)
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
