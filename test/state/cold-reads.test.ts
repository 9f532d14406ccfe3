import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { StateTable } from '../../src/state/keyed-state.ts'
import type { StateRun } from '../../src/state/state-run.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { StateWorld } from './state-world.ts'

/** Large enough for a snapshot of more than what is read at once. */
const KEYS = 100_000
const BATCH = 100_000
const OPTIONS = { snapshots: { wholeEntries: 1000 }, maxParallelReads: 4 }
const stored = new StateWorld()
let snapshotBytes = 0

/** One table; the time of a key is the key, so that each has its own. */
before(async () => {
  const run = new StateStore(OPTIONS).open(undefined, stored)
  const table = await run.table<number, unknown>('t', 0, 1)
  for (let key = 0; key < KEYS; key++) table.append(key, key % 3 === 0 ? { n: key } : key, key)
  await stored.commit(run, BATCH)
  snapshotBytes = stored.base?.state.snapshots[0]?.object.sizeBytes ?? 0
})

interface Opened {
  readonly world: StateWorld
  readonly run: StateRun
  readonly table: StateTable<number, unknown>
}

/** The table as a process finds it that holds nothing. */
async function cold(store = new StateStore(OPTIONS), world = copied()): Promise<Opened> {
  const run = store.open(world.base, world)
  return { world, run, table: await run.tableOfKeys<number, unknown>('t', 0, 1) }
}

function copied(): StateWorld {
  const world = new StateWorld()
  for (const [key, bytes] of stored.objects) world.objects.set(key, bytes)
  if (stored.base) world.history.push(stored.base)
  return world
}

const spread = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 7919) % KEYS)
const storedFor = (key: number): unknown => (key % 3 === 0 ? { n: key } : key)

test('a batch that touches few keys of a large table reads their blocks, and no others', async () => {
  const { world, table } = await cold()
  const keys = spread(10)
  await table.prefetch(keys)
  assert.deepEqual(
    keys.map((key) => table.get(key)),
    keys.map(storedFor),
  )
  // The end of the snapshot, and ten blocks.
  assert.ok(world.bytesRead < 128 * 1024 + 10 * 20 * 1024, `${world.bytesRead} bytes of ${snapshotBytes}`)
  assert.ok(world.bytesRead < snapshotBytes / 4)
})

test('a table of few entries that take much room is not read whole for one of them, either', async () => {
  const options = { snapshots: { wholeBytes: 1_000_000 }, maxParallelReads: 4 }
  const world = new StateWorld()
  const first = new StateStore(options).open(undefined, world)
  const built = await first.table<number, unknown>('t', 0, 1)
  for (let key = 0; key < 200; key++) built.append(key, `${key} ${'x'.repeat(20_000)}`, BATCH)
  await world.commit(first, BATCH)
  const { table } = await cold(new StateStore(options), world)
  world.bytesRead = 0
  await table.prefetch([7, 1_000])
  assert.match(String(table.get(7)), /^7 x/)
  assert.equal(table.has(1_000), false)
  assert.ok(world.bytesRead < 100_000, `${world.bytesRead} bytes`)
})

test('changes that would take too much memory call for a snapshot, however large the state is', async () => {
  const store = new StateStore({ snapshots: { heldBytes: 10_000, pieceBytes: 1e9 } })
  const world = copied()
  const { run, table } = await cold(store, world)
  await table.prefetch([5])
  table.setAt(table.find(5), 'x'.repeat(21_000), BATCH + 1)
  await world.commit(run, BATCH + 1)
  assert.equal(world.base?.state.snapshots[0]?.batchTime, BATCH + 1)
})

test('what a table has read stays with it, from batch to batch', async () => {
  const store = new StateStore(OPTIONS)
  const first = await cold(store)
  await first.table.prefetch(spread(10))
  first.table.setAt(first.table.find(0), 'changed', BATCH + 1)
  await first.world.commit(first.run, BATCH + 1)
  first.world.bytesRead = 0
  const { table } = await cold(store, first.world)
  await table.prefetch(spread(10))
  assert.deepEqual([first.world.bytesRead, table.get(0), table.get(7919)], [0, 'changed', 7919])
})

test('blocks that lie side by side are read in one call', async () => {
  const { world, table } = await cold()
  world.reads = []
  await table.prefetch(Array.from({ length: KEYS }, (_, key) => key))
  assert.ok(world.reads.length <= 2 + snapshotBytes / 1e6, `${world.reads.length} reads of ${snapshotBytes} bytes`)
  assert.deepEqual([table.get(KEYS - 1), table.get(KEYS - 2)], [storedFor(KEYS - 1), storedFor(KEYS - 2)])
})

test('keys that are new are told by the filter, once looking for them has cost what it costs', async () => {
  const { world, table } = await cold()
  world.bytesRead = 0
  const absent = (from: number): number[] => Array.from({ length: 1000 }, (_, i) => KEYS + from + i)
  await table.prefetch(absent(0))
  const looking = world.bytesRead
  await table.prefetch(absent(1000))
  const filtering = world.bytesRead - looking
  for (const batch of [2000, 3000, 4000]) await table.prefetch(absent(batch))
  const later = (world.bytesRead - looking - filtering) / 3
  assert.ok(later < looking / 4, `${later} bytes a batch, after ${looking} and ${filtering}`)
  assert.equal(table.find(KEYS + 1), -1)
})

test('what has expired is found without a look at the rest', async () => {
  const { world, table } = await cold()
  world.bytesRead = 0
  await table.prefetchExpired(20)
  assert.deepEqual(
    table.takeExpired(20).map((slot) => table.keyAt(slot)),
    Array.from({ length: 20 }, (_, key) => key),
  )
  assert.ok(world.bytesRead < 20 * 20 * 1024 + 16 * 1024, `${world.bytesRead} bytes of ${snapshotBytes}`)
  world.bytesRead = 0
  await table.prefetchExpired(20)
  assert.equal(world.bytesRead, 0)
})

test('a snapshot of a table that is not all in memory is the last one and what has changed since', async () => {
  const store = new StateStore({ ...OPTIONS, snapshots: { wholeEntries: 1000, maxChangelogs: 4, pieceBytes: 1e9 } })
  const world = copied()
  const times = [1, 2, 3, 4, 5].map((batch) => BATCH + batch)
  for (const time of times) {
    const { run, table } = await cold(store, world)
    await table.prefetch([5, 6, KEYS + time])
    table.setAt(table.find(5), time, time)
    if (table.has(6)) table.delete(6)
    table.append(KEYS + time, 'new', time)
    await world.commit(run, time)
  }
  assert.equal(world.base?.state.snapshots[0]?.batchTime, times.at(-1))
  const run = new StateStore().open(world.base, world)
  const all = [...(await run.table<number, unknown>('t', 0, 1)).entries()]
  const expected = Array.from({ length: KEYS }, (_, key) => [key, key === 5 ? times.at(-1) : storedFor(key)] as const)
  expected.splice(6, 1)
  for (const time of times) expected.push([KEYS + time, 'new'])
  assert.deepEqual(all, expected)
})

test('of a table asked for by its keys nothing can be had that takes all entries, nor the rest once some was changed', async () => {
  const { run, table } = await cold()
  await table.prefetch([1])
  assert.throws(() => table.size, /only some keys were said to be wanted/)
  assert.throws(() => [...table.entries()], /only some keys were said to be wanted/)
  table.setAt(table.find(1), 'changed', BATCH + 1)
  assert.throws(() => table.prefetch([2]), /looked for after some of it was changed/)
  await assert.rejects(run.table('t', 0, 1), /wanted whole after some of it was changed/)
})

test('asked for whole before anything of it is changed, a table is restored', async () => {
  const { run, table } = await cold()
  await table.prefetch([1])
  const whole = await run.table<number, unknown>('t', 0, 1)
  assert.deepEqual([whole.size, whole.get(3)], [KEYS, { n: 3 }])
})
