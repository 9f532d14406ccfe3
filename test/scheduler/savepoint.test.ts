import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectsNamedIn } from '../../src/checkpoint/garbage.ts'
import { beginFromSavepoint } from '../../src/scheduler/begin-from.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { manifestOf, manifests } from '../../src/scheduler/history.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { createSavepoint, deleteSavepoint, listSavepoints } from '../../src/scheduler/savepoint.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { assertRetained, collecting, headOf, keysOf, runBatches, signal, worldWith } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const app = collecting()
const BATCHES = 6

/** The same inputs, another checkpoint, other outputs. */
function elsewhere(world: World): World {
  const other = new World()
  other.places.set('memory://in', world.place('memory://in'))
  return other
}

async function savedWorld(): Promise<World> {
  const world = await worldWith(app, BATCHES)
  await createSavepoint(world.process(undefined, app), { name: 'before', signal })
  return world
}

/** What batches after the savepoint's write. */
async function outputsAfter(world: World, batchTime: number): Promise<Map<string, string>> {
  const outputs = [...(await world.outputs())]
  return new Map(outputs.filter(([key]) => Number(/-(\d+)\//.exec(key)?.[1]) > batchTime))
}

test('a checkpoint that begins with a savepoint goes on as the original does', async () => {
  const world = await savedWorld()
  const copy = elsewhere(world)
  const from = { register: world.register, checkpoint: world.checkpoint }
  const begun = await beginFromSavepoint(copy.process(undefined, app), { name: 'before', from, signal })
  assert.deepEqual([begun.batchTime, begun.incarnation], [BATCHES * 1000, 2])
  await drain(world, [world.process(undefined, app)])
  await drain(copy, [copy.process(undefined, app)])
  assert.deepEqual(await copy.outputs(), await outputsAfter(world, BATCHES * 1000))
  assert.ok((await copy.outputs()).size > 0)
})

test('a copy has an incarnation that the original has not had by then, so that outside they are two', async () => {
  const world = await savedWorld()
  await resetApplication(world.process(undefined, app), { reason: 'test', signal })
  const from = { register: world.register, checkpoint: world.checkpoint }
  const copy = elsewhere(world)
  const { incarnation } = await beginFromSavepoint(copy.process(undefined, app), { name: 'before', from, signal })
  assert.deepEqual([(await headOf(world)).incarnation, incarnation], [2, 3])
})

test('a second copy, which acts where the first has acted, is given a later incarnation than that', async () => {
  const world = await savedWorld()
  const from = { register: world.register, checkpoint: world.checkpoint }
  const begin = (incarnation?: number) => {
    const copy = elsewhere(world)
    const as = incarnation === undefined ? {} : { incarnation }
    return beginFromSavepoint(copy.process(undefined, app), { name: 'before', from, signal, ...as })
  }
  assert.equal((await begin()).incarnation, 2)
  assert.equal((await begin()).incarnation, 2, 'neither checkpoint knows of the other')
  assert.equal((await begin(3)).incarnation, 3)
  assert.equal((await begin(999_999)).incarnation, 999_999)
  for (const none of [0, 1, 2.5, 1_000_000, Number.NaN]) await assert.rejects(begin(none), { code: 'bad-incarnation' })
})

test('pin-in-head: what a savepoint needs stays, however often garbage is collected, and goes once it is deleted', async () => {
  const world = await savedWorld()
  const original = elsewhere(world)
  const from = { register: world.register, checkpoint: world.checkpoint }
  await world.feed(30)
  await runBatches(world, app, 24)
  await collect(world.process(undefined, app), { signal })
  await assert.rejects(createSavepoint(world.process(undefined, app), { name: 'late', batchTime: 6000, signal }), {
    code: 'batch-not-found',
  })
  await beginFromSavepoint(original.process(undefined, app), { name: 'before', from, signal })
  await drain(original, [original.process(undefined, app)])
  assert.deepEqual(await original.outputs(), await outputsAfter(world, BATCHES * 1000))
  const pinned = (await keysOf(world)).length
  await deleteSavepoint(world.process(undefined, app), { name: 'before', signal })
  await collect(world.process(undefined, app), { signal })
  assert.ok((await keysOf(world)).length < pinned)
  assert.deepEqual(await listSavepoints(world.process(undefined, app)), [])
  await assertRetained(world, app, 3)
})

test('what a batch has begun to write over several is not the savepoint’s: a checkpoint that begins with it has no trace of it', async () => {
  const world = new World()
  await world.feed(7)
  const words = Array.from({ length: 5_000 }, (_, i) => `word${i}`).join('\n')
  await world.place('memory://in').put('f000.txt', new TextEncoder().encode(words))
  const state = new StateStore({ snapshots: { minBytes: 1, maxChangelogs: 3, pieceBytes: 1_000 } })
  await runInvocation({ ...world.process(undefined, app), state }, { ...UNTIL_IDLE, maxBatches: 7 })
  await createSavepoint(world.process(undefined, app), { name: 'midway', signal })
  const copy = elsewhere(world)
  const from = { register: world.register, checkpoint: world.checkpoint }
  await beginFromSavepoint(copy.process(undefined, app), { name: 'midway', from, signal })
  const begun = [world, copy].map(async (each) => {
    const head = await headOf(each)
    const manifest = await manifestOf(each.checkpoint, head, 7_000)
    return manifest?.state.unfinished?.length
  })
  assert.deepEqual(await Promise.all(begun), [1, undefined])
})

test('copy-names-what-it-has: changes that the state does not need stay with the original, and the copy does not name them', async () => {
  const world = new World()
  const words = Array.from({ length: 2_000 }, (_, i) => `word${i}`).join('\n')
  await world.place('memory://in').put('f000.txt', new TextEncoder().encode(words))
  // A snapshot of everything at once takes the place of the changes.
  const state = new StateStore({ snapshots: { minBytes: 1, maxChangelogs: 0 } })
  await runInvocation({ ...world.process(undefined, app), state }, { ...UNTIL_IDLE, maxBatches: 1 })
  const original = await manifestOf(world.checkpoint, await headOf(world), 1_000)
  assert.ok(original?.changes?.object)
  await createSavepoint(world.process(undefined, app), { name: 'whole', signal })
  const copy = elsewhere(world)
  const from = { register: world.register, checkpoint: world.checkpoint }
  await beginFromSavepoint(copy.process(undefined, app), { name: 'whole', from, signal })
  const copied = await manifestOf(copy.checkpoint, await headOf(copy), 1_000)
  assert.equal(copied?.changes, undefined)
  const stored = new Set(await keysOf(copy))
  const named = objectsNamedIn(copied).map(({ key }) => key)
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter((key) => !stored.has(key)),
    [],
  )
})

test('a savepoint can be made of a retained batch, too', async () => {
  const world = await worldWith(app, BATCHES)
  const saved = await createSavepoint(world.process(undefined, app), { name: 'older', batchTime: 4000, signal })
  assert.equal(saved.batchTime, 4000)
  assert.deepEqual(await listSavepoints(world.process(undefined, app)), [saved])
})

test('a savepoint can be made of the oldest retained batch, whose state is there though the batch before it is not', async () => {
  const world = await worldWith(app, BATCHES)
  await collect(world.process(undefined, app), { signal })
  const retained: number[] = []
  for await (const { attempt } of manifests(world.checkpoint, await headOf(world))) retained.unshift(attempt.batchTime)
  const [oldest = 0] = retained
  assert.ok(oldest > 1000, 'some batches are collected')
  await createSavepoint(world.process(undefined, app), { name: 'oldest', batchTime: oldest, signal })
  await drain(world, [world.process(undefined, app)])
  await collect(world.process(undefined, app), { signal })
  const copy = elsewhere(world)
  await beginFromSavepoint(copy.process(undefined, app), { name: 'oldest', from: world, signal })
  await drain(copy, [copy.process(undefined, app)])
  assert.deepEqual(await outputsAfter(copy, oldest), await outputsAfter(world, oldest))
})

test('names are taken once; batches that are not retained, and checkpoints that exist, are refused', async () => {
  const world = await savedWorld()
  const runtime = world.process(undefined, app)
  const from = { register: world.register, checkpoint: world.checkpoint }
  const before = await headOf(world)
  await assert.rejects(createSavepoint(runtime, { name: 'before', signal }), { code: 'savepoint-exists' })
  await assert.rejects(createSavepoint(runtime, { name: 'a/b', signal }), { code: 'bad-savepoint-name' })
  await assert.rejects(deleteSavepoint(runtime, { name: 'other', signal }), /it has before: other/)
  await assert.rejects(beginFromSavepoint(runtime, { name: 'before', from, signal }), { code: 'checkpoint-exists' })
  assert.deepEqual(await headOf(world), before, 'a refusal takes the lease from nobody')
  const nowhere = new World()
  await assert.rejects(createSavepoint(nowhere.process(undefined, app), { name: 'a', signal }), {
    code: 'no-checkpoint',
  })
  await assert.rejects(
    beginFromSavepoint(nowhere.process(undefined, app), { name: 'other', from, signal }),
    /it has before: other/,
  )
})

test('savepoints end long before the head has no room for batches; one that is deleted makes room for another', async () => {
  const world = await savedWorld()
  const runtime = world.process(undefined, app)
  const names = Array.from({ length: 2_000 }, (_, i) => `${i}`.padStart(64, 'x'))
  const made = async () => {
    for (const name of names) await createSavepoint(runtime, { name, signal })
  }
  await assert.rejects(made(), { code: 'too-many-savepoints', message: /delete some/ })
  const full = await headOf(world)
  assert.ok(full.pins.length > 300, `${full.pins.length}`)
  assert.ok(JSON.stringify(full).length < 200_000)
  await assert.rejects(createSavepoint(runtime, { name: 'refused', signal }), { code: 'too-many-savepoints' })
  assert.deepEqual(await headOf(world), full, 'a refusal takes the lease from nobody')
  await deleteSavepoint(runtime, { name: 'before', signal })
  await runBatches(world, app, 2)
  assert.equal((await createSavepoint(runtime, { name: 'after', signal })).batchTime, (BATCHES + 2) * 1000)
})

test('no savepoint is made of a batch from before a reset, nor of the one at whose time the reset was made', async () => {
  const world = await worldWith(app, BATCHES)
  const runtime = world.process(undefined, app)
  await resetApplication(runtime, { reason: 'test', startMs: BATCHES * 1000, signal })
  await runBatches(world, app, 1)
  for (const batchTime of [(BATCHES - 1) * 1000, BATCHES * 1000])
    await assert.rejects(createSavepoint(runtime, { name: 'old', batchTime, signal }), { code: 'before-reset' })
  assert.deepEqual((await headOf(world)).pins, [])
  const { batchTime } = await createSavepoint(runtime, { name: 'new', batchTime: (BATCHES + 1) * 1000, signal })
  assert.equal(batchTime, (BATCHES + 1) * 1000)
})

test('no checkpoint begins where the objects of the one lie whose savepoint it begins with, whatever holds its head', async () => {
  const world = await savedWorld()
  const before = await keysOf(world)
  const besides = new World({ checkpoint: world.checkpoint, clock: world.clock })
  const starting = beginFromSavepoint(besides.process(undefined, app), { name: 'before', from: world, signal })
  await assert.rejects(starting, { code: 'checkpoint-exists', message: /delete what only the other needs/ })
  assert.deepEqual(await keysOf(world), before)
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a savepoint leaves one or none; the application goes on, and so does a copy`, async () => {
    const calm = await worldWith(app, BATCHES)
    const io = new FaultyIO(() => undefined)
    await createSavepoint(calm.process(io, app), { name: 'a', signal })
    for (let at = 0; at < io.calls.length; at++) {
      const world = await worldWith(app, BATCHES)
      const faulty = new FaultyIO((call) => (call === at ? fault : undefined))
      await createSavepoint(world.process(faulty, app), { name: 'a', signal }).catch(() => {})
      if ((await headOf(world)).pins.length === 0)
        await createSavepoint(world.process(undefined, app), { name: 'a', signal })
      await collect(world.process(undefined, app), { signal })
      await assertGoesOnAsACopy(world, new FaultyIO(() => undefined))
    }
  })

  test(`${fault} at any call of a start from a savepoint: it has begun whole, or not at all`, async () => {
    const world = await savedWorld()
    const io = new FaultyIO(() => undefined)
    await assertGoesOnAsACopy(world, io)
    for (let at = 0; at < io.calls.length; at++) {
      await assertGoesOnAsACopy(world, new FaultyIO((call) => (call === at ? fault : undefined)))
    }
  })
}

async function assertGoesOnAsACopy(world: World, io: FaultyIO): Promise<void> {
  const [pin] = (await headOf(world)).pins
  const { name } = pin ?? assert.fail('no savepoint')
  const copy = elsewhere(world)
  const from = { register: world.register, checkpoint: world.checkpoint }
  await beginFromSavepoint(copy.process(io, app), { name, from, signal }).catch(() => {})
  if ((await copy.register.read('collecting')) === undefined)
    await beginFromSavepoint(copy.process(undefined, app), { name, from, signal })
  await drain(copy, [copy.process(undefined, app)])
  await drain(world, [world.process(undefined, app)])
  assert.deepEqual(await copy.outputs(), await outputsAfter(world, BATCHES * 1000))
}
