import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StateObjects } from '../../src/state/state-objects.ts'
import type { StateRun } from '../../src/state/state-run.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { attemptOf, StateWorld } from './state-world.ts'

async function increment(run: StateRun, operator = 'counts', partition = 0, partitions = 1): Promise<number> {
  const table = await run.table<string, number>(operator, partition, partitions)
  const count = (table.get('n') ?? 0) + 1
  table.set('n', count)
  return count
}

async function batch(store: StateStore, world: StateWorld, batchTime: number): Promise<number> {
  const run = store.open(world.base, world)
  const count = await increment(run)
  await world.commit(run, batchTime)
  return count
}

test('after a commit the tables are warm: the next batch reads nothing', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  for (let time = 1; time <= 5; time++) assert.equal(await batch(store, world, time), time)
  assert.deepEqual(world.reads, [])
})

test('warm-by-attempt: another attempt of the same batch restores from storage', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const base = { attempt: attemptOf(1, 2), state: { snapshots: [], changelogs: [] } }
  assert.equal(await increment(store.open(base, world)), 1)
})

test('warm-moved-while-running: a second run meanwhile restores from storage and shares nothing', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const frozen = store.open(world.base, world)
  await increment(frozen)
  const second = store.open(world.base, world)
  assert.equal(await increment(second), 2)
  assert.deepEqual(world.reads, ['changes-1'])
  await world.commit(second, 2)
  assert.equal(await increment(frozen), 3)
  assert.equal(await batch(store, world, 3), 3)
})

test('an abandoned run leaves nothing in memory, sealed or not', async () => {
  for (const seals of [false, true]) {
    const [store, world] = [new StateStore(), new StateWorld()]
    await batch(store, world, 1)
    const run = store.open(world.base, world)
    const table = await run.table<string, number>('counts', 0, 1)
    await increment(run)
    if (seals) run.seal(2)
    run.abandon()
    assert.throws(() => table.set('n', 9), { code: 'assertion-failed' })
    assert.equal(await batch(store, world, 2), 2)
    assert.deepEqual(world.reads, ['changes-1'])
  }
})

test('a run whose seal failed cannot be settled, and leaves nothing in memory', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const run = store.open(world.base, world)
  const counts = await run.table<string, unknown>('counts', 0, 1)
  const others = await run.table<string, unknown>('others', 0, 1)
  counts.set('n', 7)
  others.set('n', () => 1)
  assert.throws(() => run.seal(2), { code: 'not-encodable' })
  assert.throws(() => run.settle(attemptOf(2)), { code: 'assertion-failed' })
  run.abandon()
  assert.throws(() => others.get('n'), { code: 'assertion-failed' })
  assert.equal(await batch(store, world, 2), 2)
})

test('abandon after settle does nothing', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  const run = store.open(undefined, world)
  await increment(run)
  await world.commit(run, 1)
  run.abandon()
  assert.equal(await batch(store, world, 2), 2)
  assert.deepEqual(world.reads, [])
})

test('a run that settles late does not replace the tables of a later one', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  const late = store.open(undefined, world)
  await increment(late)
  const sealed = late.seal(1)
  const object = world.put('changes-1', sealed.changes ?? new Uint8Array())
  const state = sealed.manifest({ batchTime: 1, object, sizeBytes: object.sizeBytes }, [])
  world.history.push({ attempt: attemptOf(1), state })
  await batch(store, world, 2)
  late.settle(attemptOf(1))
  world.reads = []
  assert.equal(await batch(store, world, 3), 3)
  assert.deepEqual(world.reads, [])
})

test('a table that comes only after the run ended is refused', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const run = new StateStore().open(world.base, world)
  const late = run.table('counts', 0, 1)
  run.abandon()
  await assert.rejects(late, { code: 'assertion-failed', message: /a run ended while state of 'counts' was restored/ })
  await assert.rejects(run.table('counts', 0, 1), { code: 'assertion-failed' })
})

test('one table for one partition, however often and at once it is asked for', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const run = new StateStore().open(world.base, world)
  const [a, b] = await Promise.all([run.table('counts', 0, 1), run.table('counts', 0, 1)])
  assert.equal(a, b)
  assert.equal(await run.table('counts', 0, 1), a)
})

test('restoring reads each changelog once for all tables, only the snapshots asked for, so many at once', async () => {
  const world = new StateWorld()
  const writer = new StateStore({ snapshots: { minBytes: 1, maxChangelogs: 3 } })
  for (let time = 1; time <= 6; time++) {
    const run = writer.open(world.base, world)
    for (let partition = 0; partition < 4; partition++) await increment(run, 'counts', partition, 4)
    await world.commit(run, time)
  }
  const { snapshots = [], changelogs = [] } = world.base?.state ?? {}
  let [running, most] = [0, 0]
  const slow: StateObjects = {
    read: async (ref) => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      return world.read(ref)
    },
    inlineChanges: (time) => world.inlineChanges(time),
  }
  const run = new StateStore({ maxParallelReads: 2 }).open(world.base, slow)
  const tables = await Promise.all([0, 1, 2].map((p) => run.table<string, number>('counts', p, 4)))
  assert.deepEqual(
    tables.map((table) => table.get('n')),
    [6, 6, 6],
  )
  const asked = snapshots.filter((ref) => ref.partition < 3).map((ref) => ref.object.key)
  const needed = changelogs.map((ref) => ref.object?.key)
  assert.equal(new Set(world.reads).size, world.reads.length)
  assert.deepEqual(world.reads.filter((key) => key.startsWith('snapshot')).sort(), asked.sort())
  assert.ok(world.reads.every((key) => asked.includes(key) || needed.includes(key)))
  assert.equal(most, 2)
})

test('changes that travel inside manifests are restored from there', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  world.inlineBytes = 1000
  await batch(store, world, 1)
  await batch(store, world, 2)
  assert.equal(await batch(new StateStore(), world, 3), 3)
  assert.deepEqual(world.reads, ['inline 1', 'inline 2'])
  assert.equal(world.objects.size, 0)
})

test('an earlier batch is restored as it was, for a replay', async () => {
  const [store, world] = [new StateStore({ snapshots: { minBytes: 1, maxChangelogs: 2 } }), new StateWorld()]
  for (let time = 1; time <= 8; time++) await batch(store, world, time)
  for (const [i, base] of world.history.entries()) {
    const table = await new StateStore().open(base, world).table<string, number>('counts', 0, 1)
    assert.equal(table.get('n'), i + 1)
  }
})

test('a batch that changes nothing writes nothing', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const run = store.open(world.base, world)
  const table = await run.table<string, number>('counts', 0, 1)
  table.set('n', 1)
  const before = world.base?.state
  const sealed = await world.commit(run, 2)
  assert.deepEqual([sealed.changes, sealed.snapshots], [undefined, []])
  assert.deepEqual(world.base?.state, before)
})

test('an operator that is not in the graph now keeps its state, warm or cold, however many batches pass', async () => {
  const world = new StateWorld()
  const options = { snapshots: { minBytes: 1, maxChangelogs: 3 } }
  const first = new StateStore(options).open(undefined, world)
  await increment(first, 'absent')
  await increment(first)
  await world.commit(first, 1)
  let store = new StateStore(options)
  for (let time = 2; time <= 30; time++) {
    if (time % 7 === 0) store = new StateStore(options)
    await batch(store, world, time)
  }
  assert.ok((world.base?.state.changelogs.length ?? 0) <= 6)
  assert.equal(await increment(new StateStore().open(world.base, world), 'absent'), 2)
})

test('another number of partitions than the stored state has is refused, whichever partition is asked for', async () => {
  for (const snapshots of [{ minBytes: 1, maxChangelogs: 1 }, {}]) {
    const [store, world] = [new StateStore({ snapshots }), new StateWorld()]
    for (let time = 1; time <= 6; time++) {
      const run = store.open(world.base, world)
      await increment(run, 'counts', 1, 2)
      await world.commit(run, time)
    }
    for (const opener of [new StateStore(), store]) {
      for (const [partition, partitions] of [
        [0, 4],
        [3, 4],
        [0, 1],
        [1, 3],
      ] as const) {
        const run = opener.open(world.base, world)
        await assert.rejects(run.table('counts', partition, partitions), {
          code: 'partitions-changed',
          kind: 'invalid',
          message: /The state of 'counts' is stored in 2 partitions/,
        })
      }
    }
  }
})

test('a snapshot that could not be stored is left out, and the changelogs it would have replaced stay', async () => {
  const [store, world] = [new StateStore({ snapshots: { maxChangelogs: 1 } }), new StateWorld()]
  await batch(store, world, 1)
  const run = store.open(world.base, world)
  await increment(run)
  const sealed = run.seal(2)
  assert.equal(sealed.snapshots.length, 1)
  const object = world.put('changes-2', sealed.changes ?? new Uint8Array())
  const state = sealed.manifest({ batchTime: 2, object, sizeBytes: object.sizeBytes }, [])
  run.settle(attemptOf(2))
  world.history.push({ attempt: attemptOf(2), state })
  assert.equal(await batch(new StateStore(), world, 3), 3)
  assert.equal(await batch(store, world, 4), 4)
})

test('damaged, swapped or cut objects are refused by name', async () => {
  const [store, world] = [new StateStore({ snapshots: { minBytes: 1, maxChangelogs: 2 } }), new StateWorld()]
  for (let time = 1; time <= 8; time++) await batch(store, world, time)
  const used = world.base?.state.snapshots[0]?.object.key ?? ''
  const other = [...world.objects.keys()].find((key) => key.startsWith('snapshot') && key !== used) ?? ''
  const sound = world.objects.get(used) ?? new Uint8Array()
  const flipped = sound.slice()
  flipped[10] = (flipped[10] ?? 0) ^ 1
  const swapped = world.objects.get(other) ?? new Uint8Array()
  for (const bytes of [flipped, sound.subarray(1), swapped]) {
    world.objects.set(used, bytes)
    const run = new StateStore().open(world.base, world)
    await assert.rejects(run.table('counts', 0, 1), { code: 'state-corrupt', kind: 'data', message: new RegExp(used) })
  }
})

test('a read that failed reaches the caller as it is, and is made again when the table is asked for again', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  await batch(store, world, 1)
  const bytes = world.objects.get('changes-1') ?? new Uint8Array()
  world.objects.delete('changes-1')
  const run = new StateStore().open(world.base, world)
  await assert.rejects(run.table('counts', 0, 1), { message: 'missing: changes-1' })
  world.objects.set('changes-1', bytes)
  assert.equal(await increment(run), 2)
})

test('what a source remembers is committed, restored and thrown away with the state', async () => {
  const [store, world] = [new StateStore(), new StateWorld()]
  const run = store.open(undefined, world)
  const memory = await run.memory('lines')
  memory.add('a.txt')
  memory.add('a.txt')
  assert.equal(memory.size, 1)
  await world.commit(run, 1)
  const failed = store.open(world.base, world)
  ;(await failed.memory('lines')).add('b.txt')
  failed.abandon()
  const later = store.open(world.base, world)
  const restored = await later.memory('lines')
  assert.deepEqual([restored.has('a.txt'), restored.has('b.txt'), restored.size], [true, false, 1])
  assert.equal((await later.memory('other')).size, 0)
})
