import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passingShadowsPrefix } from '../../src/checkpoint/names.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { replayBatch, replayBatches } from '../../src/scheduler/replay.ts'
import { ReplayEnds } from '../../src/scheduler/replay-shadows.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { minutes, seconds } from '../../src/util/time.ts'
import { assertRetained, collecting, keysOf, runBatches, signal } from './collecting.ts'
import { World } from './world.ts'

const app = collecting()
const BATCHES = 5
const DAY_MS = 24 * 3_600_000

async function ran(application = app): Promise<World> {
  const world = new World()
  await world.feed(BATCHES)
  await runBatches(world, application, BATCHES)
  return world
}

const shadows = (world: World) => keysOf(world, '/shadow/')

test('shadows-end: what a replay wrote goes with the first collection a day after the last of it', async () => {
  const world = await ran()
  await replayBatch(world.process(undefined, app), 3000, { signal })
  world.clock.advance(DAY_MS)
  await replayBatch(world.process(undefined, app), 3000, { signal })
  const both = await shadows(world)
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(await shadows(world), both, 'a day is not over')
  world.clock.advance(1)
  const { deleted } = await collect(world.process(undefined, app), { signal })
  assert.equal(deleted, both.length / 2)
  assert.equal((await shadows(world)).length, both.length / 2)
  await assertRetained(world, app, 3)
})

test('what a replay wrote stays for as long as batches do, where that is longer', async () => {
  const patient = collecting({ batches: 3, age: minutes(48 * 60) })
  const world = await ran(patient)
  await replayBatch(world.process(undefined, patient), 3000, { signal })
  world.clock.advance(2 * DAY_MS)
  const before = await shadows(world)
  await collect(world.process(undefined, patient), { signal })
  assert.deepEqual(await shadows(world), before)
})

/** Small files are put together to larger ones, for which a replay reads what it has just written. */
const joining = defineApp({ name: 'collecting', batchInterval: seconds(1) }, (ssc) => {
  const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
  lines
    .flatMap((line) => [line, line])
    .repartition(2)
    .saveAsTextFiles('memory://out/joined', '', { compact: true })
})

/** To whom objects seem to be gone. */
function without(runtime: Runtime, isGone: (key: string) => boolean): Runtime {
  const checkpoint = new Proxy(runtime.checkpoint, {
    get(store, name: keyof ObjectStore) {
      if (name === 'get') return async (key: string) => (isGone(key) ? undefined : store.get(key))
      const value = store[name]
      return typeof value === 'function' ? value.bind(store) : value
    },
  })
  return { ...runtime, checkpoint }
}

test('a replay whose files are collected while it runs says so, whatever its id, and does not speak of damage', async () => {
  const world = await ran(joining)
  const runtime = without(world.process(undefined, joining), (key) => key.includes('/shadow/'))
  for (const id of [runtime.uniqueId(), 'not plain: 1/2']) {
    const replay = replayBatch({ ...runtime, uniqueId: () => id }, 3000, { signal })
    await assert.rejects(replay, { code: 'replay-collected', kind: 'retryable' })
  }
})

test('no collection is blamed for the loss of what was to be kept', async () => {
  const world = await ran(joining)
  const runtime = without(world.process(undefined, joining), (key) => key.includes('/shadow/'))
  await assert.rejects(replayBatch(runtime, 3000, { signal, keep: true }), { code: 'staged-missing', kind: 'data' })
})

test('a range goes as a whole: what it wrote for its first batches stays until its last is as old', async () => {
  const world = await ran()
  const range = replayBatches(world.process(undefined, app), { from: 2000, carryState: true, signal })
  for (let batch = 2; batch <= 4; batch++) {
    assert.equal((await range.next()).value?.equal, true)
    world.clock.advance(DAY_MS - 1)
    await collect(world.process(undefined, app), { signal })
  }
  assert.equal((await range.next()).value?.equal, true)
  const files = await shadows(world)
  for (const time of [2000, 3000, 4000, 5000])
    assert.ok(
      files.some((key) => key.includes(`${time}/`)),
      `${time}`,
    )
  world.clock.advance(DAY_MS + 1)
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(await shadows(world), [])
})

test('what was to be kept, and what people put beside it, stays however old', async () => {
  const world = await ran()
  await replayBatch(world.process(undefined, app), 3000, { signal, keep: true })
  await world.checkpoint.put('collecting/shadow/notes.txt', new Uint8Array(1))
  const before = await shadows(world)
  assert.ok(before.length > 1)
  world.clock.advance(100 * DAY_MS)
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(await shadows(world), before)
})

test('verify says what replays left, what of it goes by itself, and what does not', async () => {
  const world = await ran()
  const told = async () => {
    const { sound, findings } = await verifyCheckpoint(world.process(undefined, app), { signal })
    assert.ok(sound)
    return findings.filter(({ code }) => code === 'replay-files').map(({ message }) => message)
  }
  assert.deepEqual(await told(), [])
  await replayBatch(world.process(undefined, app), 3000, { signal })
  await replayBatch(world.process(undefined, app), 3000, { signal, keep: true })
  const [passing = '', kept = '', ...more] = await told()
  assert.match(passing, /which collections delete 24 hours after the last of a replay: \d+ of \d+ bytes below /)
  assert.match(kept, /^Files of replays that were to be kept; delete them when/)
  assert.deepEqual(more, [])
})

test('no replay counts as ended before all that it wrote has been seen', async () => {
  const world = await aged()
  const page = await world.checkpoint.list(passingShadowsPrefix('collecting'))[Symbol.asyncIterator]().next()
  const ends = new ReplayEnds(world.process(undefined, app), {})
  assert.equal(await ends.among(page.value ?? [], () => false), undefined)
  const [folder = '', ...others] = (await ends.among(page.value ?? [], () => true)) ?? []
  assert.ok(
    (await shadows(world)).every((key) => key.startsWith(folder)),
    folder,
  )
  assert.deepEqual(others, [])
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a collection of shadows: the next one leaves none`, async () => {
    const io = new FaultyIO(() => undefined)
    await collect((await aged()).process(io, app), { signal })
    for (let at = 0; at < io.calls.length; at++) {
      const world = await aged()
      await collect(world.process(new FaultyIO((call) => (call === at ? fault : undefined)), app), { signal }).catch(
        () => {},
      )
      await collect(world.process(undefined, app), { signal })
      assert.deepEqual(await shadows(world), [], `${fault} at ${at}`)
    }
  })
}

async function aged(): Promise<World> {
  const world = await ran()
  await replayBatch(world.process(undefined, app), 3000, { signal })
  world.clock.advance(DAY_MS + 1)
  return world
}
