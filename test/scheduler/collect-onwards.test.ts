import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Token } from '../../src/checkpoint/attempt.ts'
import { attemptOf, blockKey, planKey, shadowKey, shadowPrefix } from '../../src/checkpoint/names.ts'
import type { Application } from '../../src/dstream/define-app.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import type { ListOptions, ObjectInfo } from '../../src/ports/object-store.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { createSavepoint } from '../../src/scheduler/savepoint.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { assertRetained, collecting, headOf, keysOf, signal, worldWith } from './collecting.ts'
import { drain, ManualClock, UNTIL_IDLE, World } from './world.ts'

const PAGE_MS = 1_000
/** So long does each invocation live: for a few names. */
const INVOCATION_MS = 6_000
const A_MINUTE_MS = 60_000
const A_DAY_MS = 24 * 60 * 60_000
const BATCHES = 10

/** Keeps all batches, and collects after each. */
const app = collecting({ batches: 100, age: milliseconds(1), every: seconds(1) })
/** The same application, before it comes to that. */
const notYet = collecting({ batches: 100, age: milliseconds(1), every: seconds(1_000_000) })

/** Pauses are over at once, and deadlines do not come but by what calls take. */
class PatientClock extends ManualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.stands = ms > PAGE_MS
    return super.sleep(ms, signal)
  }
}

/** A store that takes a second to list a name. */
class SlowStore extends MemoryObjectStore {
  readonly listed: string[] = []
  onListed: (() => void) | undefined
  readonly #clock: ManualClock

  constructor(clock: ManualClock) {
    super({ url: 'memory://checkpoint', clock })
    this.#clock = clock
  }

  override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo[]> {
    for await (const page of super.list(prefix, options)) {
      for (const info of page) {
        this.#clock.advance(PAGE_MS)
        this.listed.push(info.key)
        this.onListed?.()
        yield [info]
      }
    }
  }
}

interface Slow {
  readonly world: World
  readonly checkpoint: SlowStore
  /** What was listed since. */
  readonly listed: string[]
  /** Objects of an attempt that died: the last but those of the last batch. */
  readonly dead: readonly string[]
}

/** Many kept objects, and after them some of an attempt that died. */
async function slowWorld(): Promise<Slow> {
  const clock = new PatientClock()
  const checkpoint = new SlowStore(clock)
  const world = await worldWith(notYet, BATCHES, new World({ clock, checkpoint }))
  const committed = new Set<Token>()
  for await (const { attempt } of manifests(checkpoint, await headOf(world))) committed.add(attempt.token)
  const keys = await keysOf(world)
  const dead = keys.filter((key) => !committed.has(attemptOf(key)?.token ?? (0 as Token)) && key.includes('/output/'))
  assert.ok(dead.length > 0 && keys.indexOf(dead[0] ?? '') > 0.8 * keys.length, `${dead} of ${keys.length}`)
  checkpoint.listed.length = 0
  return { world, checkpoint, listed: checkpoint.listed, dead }
}

/** An invocation of a process of its own, which has so little time. */
async function invoke(world: World, { io, maxBatches = 0, of = app }: Invoked = {}): Promise<void> {
  const options = { ...UNTIL_IDLE, maxBatches, deadlineMs: world.clock.now() + INVOCATION_MS }
  await runInvocation(world.process(io, of), options)
}

interface Invoked {
  readonly io?: FaultyIO
  readonly maxBatches?: number
  readonly of?: Application
}

/** Until a collection has looked at everything. Resolves to how many invocations that took. */
async function invokeUntilCollected(world: World, most = 40): Promise<number> {
  const { committed } = await headOf(world)
  for (let invocations = 1; invocations <= most; invocations++) {
    await invoke(world)
    const { collected, collectedTo } = await headOf(world)
    if (collected !== undefined && collected === committed?.attempt.batchTime && collectedTo === undefined)
      return invocations
  }
  return assert.fail(`not in ${most} invocations: ${JSON.stringify((await headOf(world)).collectedTo)}`)
}

async function left(world: World, keys: readonly string[]): Promise<string[]> {
  const all = new Set(await keysOf(world))
  return keys.filter((key) => all.has(key))
}

test('a collection goes on where the one before it was cut off, in whichever process: the last name is reached', async () => {
  const { world, listed, dead } = await slowWorld()
  const all = (await keysOf(world)).length
  listed.length = 0
  const invocations = await invokeUntilCollected(world)
  assert.ok(invocations >= 3, `${invocations} invocations`)
  // The one at which the time was over is listed again by the next.
  const most = all + invocations
  assert.ok(listed.length <= most, `${listed.length} names are listed where ${most} would do`)
  assert.deepEqual(await left(world, dead), [])
  await assertRetained(world, app, BATCHES - 1)
})

test('gc-begins-anew: what became garbage behind the place goes with the next collection, which begins anew', async () => {
  const { world, dead } = await slowWorld()
  await invoke(world)
  const place = (await headOf(world)).collectedTo ?? assert.fail('it was cut off')
  const late = planKey('collecting', { incarnation: 1, batchTime: 1000, token: 1 as Token, number: 9 })
  assert.ok(late < place)
  await world.checkpoint.put(late, new Uint8Array(1))
  await invokeUntilCollected(world)
  assert.deepEqual(await left(world, [late, ...dead]), [late], 'nobody has looked there again')
  await invoke(world, { maxBatches: 1 })
  await invokeUntilCollected(world)
  assert.deepEqual(await left(world, [late]), [])
})

test('what is garbage is decided by what is kept when a collection goes on: batches run in between, and nothing of theirs is missing', async () => {
  const few = collecting({ batches: 3, age: milliseconds(1), every: seconds(1) })
  const { world } = await slowWorld()
  await world.feed(BATCHES + 12)
  const places = new Set<string | undefined>()
  for (let batch = 0; batch < 9; batch++) {
    await invoke(world, { maxBatches: 1, of: few })
    places.add((await headOf(world)).collectedTo)
  }
  assert.ok(places.size > 2, `cut off at several places: ${[...places]}`)
  await assertRetained(world, few, 3)
  await drain(world, [world.process(undefined, few)])
  const calm = new World()
  await calm.feed(BATCHES + 12)
  await drain(calm, [calm.process(undefined, notYet)])
  assert.deepEqual(await world.outputs(), await calm.outputs())
})

test('collecting by hand looks at everything, wherever the last collection was cut off, and the next one begins anew', async () => {
  const { world, dead } = await slowWorld()
  await invoke(world)
  const late = planKey('collecting', { incarnation: 1, batchTime: 1000, token: 1 as Token, number: 9 })
  await world.checkpoint.put(late, new Uint8Array(1))
  const report = await collect(world.process(undefined, app), { signal })
  assert.equal(report.cutOff, false)
  assert.deepEqual(await left(world, [late, ...dead]), [])
  assert.equal((await headOf(world)).collectedTo, undefined)
})

test('collecting by hand that is broken off leaves the place of regular collections, however far it came', async () => {
  for (const names of [1, 3, 9]) {
    const { world, checkpoint, listed } = await slowWorld()
    await invoke(world)
    const { collectedTo: place } = await headOf(world)
    listed.length = 0
    const stop = new AbortController()
    checkpoint.onListed = () => {
      if (listed.length === names) stop.abort()
    }
    const { cutOff } = await collect(world.process(undefined, app), { signal: stop.signal })
    assert.deepEqual([cutOff, listed.length], [true, names])
    assert.equal((await headOf(world)).collectedTo, place ?? assert.fail('it was cut off'))
  }
})

test('blocks and what replays wrote are reached as well, however little time each collection has', async () => {
  const { world } = await slowWorld()
  const blocks = Array.from({ length: 20 }, (_, number) => blockKey('collecting', 'in', { session: '0-a', number }))
  const shadows = Array.from({ length: 2 }, (_, file) =>
    shadowKey(shadowPrefix('collecting', 1000, { id: 'r', keep: false }), 'seen', `part-0000${file}`),
  )
  for (const key of [...blocks, ...shadows]) await world.checkpoint.put(key, new Uint8Array(1))
  world.clock.advance(2 * A_DAY_MS)
  const areas = new Set<string | undefined>()
  for (let invocation = 0; invocation < 20 && (await headOf(world)).collected === undefined; invocation++) {
    await invoke(world)
    areas.add((await headOf(world)).collectedTo?.split('/')[1]?.[0])
  }
  assert.ok(areas.has('i') && areas.has('b'), `cut off among objects of attempts, and among blocks: ${[...areas]}`)
  assert.deepEqual(await left(world, shadows), [])
  assert.deepEqual(await left(world, blocks), blocks, 'nobody has read them')
})

test('shadows-end: what many replays wrote is gone after some collections; of one that goes on they leave every file', async () => {
  const { world } = await slowWorld()
  const replays = Array.from({ length: 12 }, (_, i) => ({ id: `r${10 + i}`, old: [1000, 2000][i % 3] }))
  const file = (id: string, batchTime: number) =>
    shadowKey(shadowPrefix('collecting', batchTime, { id, keep: false }), 'seen', 'part-00000')
  const write = async (isNow: (batchTime: number, old: number | undefined) => boolean) => {
    for (const { id, old } of replays)
      for (const batchTime of [1000, 2000])
        if (isNow(batchTime, old)) await world.checkpoint.put(file(id, batchTime), new Uint8Array(1))
  }
  await write((batchTime, old) => old === undefined || old === batchTime)
  world.clock.advance(2 * A_DAY_MS)
  await write((batchTime, old) => old !== undefined && old !== batchTime)
  const places = new Set<string | undefined>()
  for (let invocation = 0; invocation < 40 && (await headOf(world)).collected === undefined; invocation++) {
    await invoke(world)
    places.add((await headOf(world)).collectedTo)
  }
  const among = [...places].filter((place) => place?.startsWith('collecting/shadow/passing/r'))
  assert.ok(among.length > 3, `cut off at several replays: ${[...places].join(' ')}`)
  const kept = replays.filter(({ old }) => old !== undefined).flatMap(({ id }) => [file(id, 1000), file(id, 2000)])
  assert.deepEqual(await keysOf(world, '/shadow/'), kept)
})

test('what can never be listed in the time there is keeps no garbage before it: a collection that gets nowhere begins anew', async () => {
  const { world } = await slowWorld()
  const replay = shadowPrefix('collecting', 1000, { id: 'r', keep: false })
  for (let file = 0; file < 40; file++)
    await world.checkpoint.put(shadowKey(replay, 'seen', `part-${String(file).padStart(5, '0')}`), new Uint8Array(1))
  while ((await headOf(world)).collectedTo !== 'collecting/shadow/passing/r/') await invoke(world)
  await invoke(world)
  assert.equal((await headOf(world)).collectedTo, undefined)
  const late = planKey('collecting', { incarnation: 1, batchTime: 1000, token: 1 as Token, number: 9 })
  await world.checkpoint.put(late, new Uint8Array(1))
  await invoke(world)
  assert.deepEqual(await left(world, [late]), [])
})

test('a collection whose time is over before it looks at anything leaves the place as it was', async () => {
  const { world } = await slowWorld()
  await invoke(world)
  const { collectedTo: place } = await headOf(world)
  const slow = new FaultyIO((_, name) => {
    if (name === 'head.swap') world.clock.advance(INVOCATION_MS / 2)
    return undefined
  })
  await invoke(world, { io: slow })
  assert.equal((await headOf(world)).collectedTo, place ?? assert.fail('it was cut off'))
})

test('a collection lists and deletes, however long it takes to read what is kept', async () => {
  const { world, dead } = await slowWorld()
  await createSavepoint(world.process(undefined, notYet), { name: 'kept', signal })
  const slow = new FaultyIO((_, name) => {
    if (name === 'store.get') world.clock.advance(A_MINUTE_MS)
    return undefined
  })
  await runInvocation(world.process(slow, app), { ...UNTIL_IDLE, maxBatches: 0 })
  assert.ok(slow.calls.includes('store.get'), 'what is kept is read')
  assert.deepEqual(await left(world, dead), [])
})

test('a collection that fails is put off, and the next one begins anew', async () => {
  const { world } = await slowWorld()
  await invoke(world)
  assert.notEqual((await headOf(world)).collectedTo, undefined)
  await invoke(world, { io: new FaultyIO((_, name) => (name === 'store.list' ? 'dropped' : undefined)) })
  const { collected, collectedTo, committed } = await headOf(world)
  assert.deepEqual([collected, collectedTo], [committed?.attempt.batchTime, undefined])
})

test('a collection that is stopped before it lists anything is put off, and leaves the place as it was', async () => {
  const { world } = await slowWorld()
  await invoke(world)
  const { collectedTo: place } = await headOf(world)
  const stop = new AbortController()
  let swaps = 0
  const stopped = new FaultyIO((_, name) => {
    if (name !== 'head.swap' || ++swaps !== 2) return undefined
    stop.abort()
    return 'dropped'
  })
  await runInvocation(world.process(stopped, app), { ...UNTIL_IDLE, maxBatches: 0, signal: stop.signal })
  const { collected, collectedTo, committed } = await headOf(world)
  assert.deepEqual([collected, collectedTo], [committed?.attempt.batchTime, place ?? assert.fail('it was cut off')])
})

test('where the head has no room for the place, collection is put off, and the application goes on', async () => {
  const { world, dead } = await slowWorld()
  const full: HeadRegister = {
    url: world.register.url,
    read: (name) => world.register.read(name),
    swap: async (expected, next) => {
      if (next.collectedTo !== undefined) throw new Error('head-too-large')
      return world.register.swap(expected, next)
    },
  }
  const options = { ...UNTIL_IDLE, maxBatches: 0, deadlineMs: world.clock.now() + INVOCATION_MS }
  await runInvocation({ ...world.process(undefined, app), register: full }, options)
  const { collected, collectedTo, committed, lease } = await headOf(world)
  assert.deepEqual([collected, collectedTo, lease], [committed?.attempt.batchTime, undefined, undefined])
  assert.deepEqual(await left(world, dead), dead)
})

for (const fault of ['crash-after', 'lost-answer'] as const) {
  test(`${fault} at any call of a collection that goes on: those after it collect the same, and nothing needed is gone`, async () => {
    const calm = await slowWorld()
    await invoke(calm.world)
    const io = new FaultyIO(() => undefined)
    await invoke(calm.world, { io })
    for (let at = 0; at < io.calls.length; at++) {
      const { world, dead } = await slowWorld()
      await invoke(world)
      await invoke(world, { io: new FaultyIO((call) => (call === at ? fault : undefined)) }).catch(() => {})
      await invoke(world, { maxBatches: 1 })
      await invokeUntilCollected(world)
      assert.deepEqual(await left(world, dead), [], `${fault} at ${at}, ${io.calls[at]}`)
      const { equal } = await replayBatch(world.process(undefined, app), 1000, { signal })
      assert.ok(equal, `the first batch, after ${fault} at ${at}, ${io.calls[at]}`)
    }
  })
}
