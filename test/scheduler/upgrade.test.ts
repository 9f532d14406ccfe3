import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const FILES = 6
/** Batches of the former graph. */
const BEFORE = 3

interface Version {
  readonly uid?: string
  readonly input?: string
  readonly partitions?: number
  readonly upgrade?: UpgradeOptions
  /** Counts in objects, in the second form of the state. */
  readonly objects?: boolean
  readonly migrate?: (state: unknown, fromVersion: number) => { readonly n: number }
  readonly window?: number
  /** Nothing but the counts. */
  readonly small?: boolean
  readonly more?: (ssc: StreamBuilder) => void
}

const add = (a: number, b: number): number => a + b

/** Words counted over all batches and over a window; what it puts out does not depend on the form of its state. */
function app(version: Version = {}): Application {
  const { uid = 'counts', input = 'lines', partitions = 2, objects, upgrade, window = 4, more } = version
  return defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
    const words = ssc
      .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
      .uid(input)
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
    const { migrate } = version
    const counts = objects
      ? words
          .updateStateByKey<{ n: number }>((ones, state) => ({ n: ones.reduce(add, state?.n ?? 0) }), {
            numPartitions: partitions,
            stateVersion: 2,
            ...(migrate ? { migrate } : {}),
          })
          .uid(uid)
          .mapValues(({ n }) => n)
      : words.updateStateByKey<number>((ones, n = 0) => ones.reduce(add, n), partitions).uid(uid)
    counts.transform((rdd) => rdd.sortByKey(true, 1)).saveAsTextFiles('memory://out/counts')
    if (version.small) return
    words
      .reduceByKeyAndWindow(add, seconds(window), seconds(1), partitions)
      .uid('recent')
      .transform((rdd) => rdd.sortByKey(true, 1))
      .saveAsTextFiles('memory://out/recent')
    words
      .window(seconds(2), seconds(1))
      .uid('raw')
      .reduceByKey(add, 1)
      .transform((rdd) => rdd.sortByKey(true, 1))
      .saveAsTextFiles('memory://out/raw')
    words
      .reduceByKeyAndWindow(add, (a, b) => a - b, seconds(3), seconds(1), partitions)
      .uid('carried')
      .transform((rdd) => rdd.sortByKey(true, 1))
      .saveAsTextFiles('memory://out/carried')
    more?.(ssc)
  })
}

const migrate = (state: unknown): { readonly n: number } => ({ n: Number(state) })

async function worldOf(version: Application, batches: number, files = FILES): Promise<World> {
  const world = new World()
  await world.feed(files)
  await runInvocation(world.process(undefined, version), { ...UNTIL_IDLE, maxBatches: batches })
  return world
}

/** What a run puts out that never had another graph. */
async function alwaysNew(version: Application, files = FILES): Promise<Map<string, string>> {
  const world = new World()
  await world.feed(files)
  await drain(world, [world.process(undefined, version)])
  return world.outputs()
}

const since = (outputs: Map<string, string>): Map<string, string> =>
  new Map([...outputs].filter(([key]) => Number(/-(\d+)\//.exec(key)?.[1]) > BEFORE * 1000))

const COMPATIBLE: readonly (readonly [string, Version])[] = [
  ['more partitions', { partitions: 5 }],
  ['fewer partitions', { partitions: 1 }],
  ['another uid, with a rename', { uid: 'totals', upgrade: { rename: { counts: 'totals' } } }],
  ['another form of state, with a migration', { objects: true, migrate }],
  [
    'all of it at once, and a renamed input',
    {
      uid: 'totals',
      input: 'texts',
      partitions: 3,
      objects: true,
      migrate,
      upgrade: { rename: { counts: 'totals', lines: 'texts' } },
    },
  ],
  ['a shorter window', { window: 2 }],
]

for (const [what, version] of COMPATIBLE) {
  test(`after an upgrade with ${what}, every file is as if the code had always been the new one`, async () => {
    const world = await worldOf(app(), BEFORE)
    await drain(world, [world.process(undefined, app(version))])
    assert.deepEqual(since(await world.outputs()), since(await alwaysNew(app(version))))
  })
}

test('what is said of an upgrade may stay in the code: it is done once', async () => {
  const version: Version = { uid: 'totals', objects: true, migrate, upgrade: { rename: { counts: 'totals' } } }
  const world = await worldOf(app(), BEFORE)
  for (let batch = 0; batch < 2; batch++)
    await runInvocation(world.process(undefined, app(version)), { ...UNTIL_IDLE, maxBatches: 1 })
  await drain(world, [world.process(undefined, app(version))])
  assert.deepEqual(since(await world.outputs()), since(await alwaysNew(app(version))))
})

const INCOMPATIBLE: readonly (readonly [string, Version, RegExp])[] = [
  [
    'another uid',
    { uid: 'totals' },
    /'counts' \(updateStateByKey\).*\.uid\('counts'\).*rename: \{ 'counts': 'totals' \}/,
  ],
  ['another form of state without a migration', { objects: true }, /version 1 and wants 2/],
  ['a longer window', { window: 6 }, /'recent' had a window of 4000 ms .* of 6000 ms/],
  ['another input stream', { input: 'texts' }, /input stream 'lines' \(file\)/],
]

for (const [what, version, message] of INCOMPATIBLE) {
  test(`${what} is refused before anything is planned, and the former code goes on`, async () => {
    const world = await worldOf(app(), BEFORE)
    const head = await world.register.read('upgraded')
    await assert.rejects(runInvocation(world.process(undefined, app(version)), UNTIL_IDLE), {
      code: 'graph-changed',
      kind: 'invalid',
      message,
    })
    const after = await world.register.read('upgraded')
    assert.deepEqual([after?.committed, after?.planned], [head?.committed, undefined])
    await drain(world, [world.process(undefined, app())])
    assert.deepEqual(await world.outputs(), await alwaysNew(app()))
  })
}

test('a stream that is dropped begins anew when it comes back', async () => {
  const extra = (ssc: StreamBuilder): void => {
    const lines = ssc.textFileStream('memory://more', { newFilesOnly: false }).uid('more')
    lines
      .map((line) => [line, 1])
      .updateStateByKey<number>((ones, n = 0) => n + ones.length)
      .uid('lines-seen')
      .print()
  }
  const world = await worldOf(app({ more: extra }), BEFORE)
  await assert.rejects(runInvocation(world.process(undefined, app()), UNTIL_IDLE), {
    code: 'graph-changed',
    message: /lines-seen(.|\n)*'more'/,
  })
  const dropping = app({ upgrade: { drop: ['more', 'lines-seen'] } })
  await runInvocation(world.process(undefined, dropping), { ...UNTIL_IDLE, maxBatches: 1 })
  const { committed } = (await world.register.read('upgraded')) ?? assert.fail('no head')
  assert.ok(committed?.manifest.kind === 'inline')
  assert.deepEqual(Object.keys(committed.manifest.value.positions), ['lines'])
  await runInvocation(world.process(undefined, app({ more: extra })), { ...UNTIL_IDLE, maxBatches: 1 })
  await drain(world, [world.process(undefined, app({ more: extra }))])
  assert.deepEqual(await world.outputs(), await alwaysNew(app({ more: extra })))
})

test('a migration that throws fails the batch, naming operator and key, and loses nothing', async () => {
  const world = await worldOf(app(), BEFORE)
  const broken = (state: unknown): { readonly n: number } => {
    if (state === 9) throw new RangeError('nine')
    return migrate(state)
  }
  await assert.rejects(
    runInvocation(world.process(undefined, app({ objects: true, migrate: broken })), UNTIL_IDLE),
    (error: Error) => {
      assert.match(error.message, /updateStateByKey at upgrade\.test\.ts:\d+ failed .* key a, whose state of version 1/)
      return /nine/.test(error.message)
    },
  )
  await drain(world, [world.process(undefined, app({ objects: true, migrate }))])
  assert.deepEqual(await world.outputs(), await alwaysNew(app()))
})

const DROPS: readonly (readonly [string, readonly string[]])[] = [
  ['under the new name of its stream', ['again']],
  ['also where the name that its stream had may be dropped', ['again', 'lines']],
]

for (const [what, drop] of DROPS) {
  test(`a batch that was planned by the former code runs with its plan, ${what}`, async () => {
    const failing = app({
      more: (ssc) => {
        ssc
          .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
          .uid('again')
          .foreachRDD(() => {
            throw new RangeError('not today')
          })
      },
    })
    const world = await worldOf(app(), BEFORE)
    await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE), { code: 'batch-failed' })
    assert.deepEqual((await world.register.read('upgraded'))?.planned?.batchTime, 4000)
    const upgrade = { rename: { lines: 'texts' }, drop }
    world.clock.advance(1_000_000)
    await drain(world, [world.process(undefined, app({ input: 'texts', upgrade }))])
    assert.deepEqual(await world.outputs(), await alwaysNew(app()))
  })
}

test('an audit finds nothing wrong where a plan was carried out by code that calls its stream otherwise', async () => {
  const failing = app({
    more: (ssc) =>
      ssc
        .queueStream([['a']])
        .uid('more')
        .foreachRDD(() => Promise.reject(new Error('no'))),
  })
  const world = await worldOf(app(), BEFORE)
  await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE), { code: 'batch-failed' })
  const renamed = app({ input: 'texts', upgrade: { rename: { lines: 'texts' }, drop: ['more'] } })
  world.clock.advance(1_000_000)
  await drain(world, [world.process(undefined, renamed)])
  const { signal } = new AbortController()
  assert.ok((await verifyCheckpoint(world.process(undefined, renamed), { signal })).sound)
})

test('a batch that is skipped after an upgrade takes the state over, too', async () => {
  const failing = app({
    partitions: 3,
    more: (ssc) =>
      ssc
        .textFileStream('memory://none')
        .uid('none')
        .foreachRDD(() => Promise.reject(new Error('no'))),
  })
  const world = await worldOf(app(), BEFORE)
  await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE), { code: 'batch-failed' })
  const { signal } = new AbortController()
  await skipBatch(world.process(undefined, failing), { batchTime: 4000, reason: 'test', signal })
  await drain(world, [world.process(undefined, app({ partitions: 3, upgrade: { drop: ['none'] } }))])
  const counts = (await world.outputs()).get('counts-6000/part-00000')
  assert.match(counts ?? '', /^\(a,15\)/, 'five of six files of three lines were counted')
})

test('a batch of the new code that the former code gives up takes nothing from the stream that it knows by another name', async () => {
  const queued = (input: string, upgrade?: UpgradeOptions, act = (): void => {}) =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
      const items = ssc.queueStream([['a'], ['b'], ['c'], ['d'], ['e']]).uid(input)
      items.saveAsTextFiles('memory://out/items')
      items.foreachRDD(act)
    })
  const rename = { items: 'things' }
  const world = new World()
  const batches = (version: Application, maxBatches: number) =>
    runInvocation(world.process(undefined, version), { ...UNTIL_IDLE, maxBatches })
  await batches(queued('items'), 2)
  const failing = queued('things', { rename }, () => {
    throw new RangeError('not today')
  })
  await assert.rejects(batches(failing, 1), { code: 'batch-failed' })
  const { signal } = new AbortController()
  await skipBatch(world.process(undefined, queued('items')), { batchTime: 3000, reason: 'rolled back', signal })
  await batches(queued('items'), 2)
  await drain(world, [world.process(undefined, queued('things', { rename }))])
  const parts = [...(await world.outputs()).values()].filter((text) => text !== '')
  assert.deepEqual(parts, ['a\n', 'b\n', 'c\n', 'd\n', 'e\n'])
})

const all: Version = {
  uid: 'totals',
  partitions: 3,
  objects: true,
  migrate,
  upgrade: { rename: { counts: 'totals' } },
  small: true,
}

for (const fault of FAULTS) {
  test(`${fault} at any call of the first batch after an upgrade leaves the very files of an undisturbed one`, async () => {
    const expected = await alwaysNew(app(all), 3)
    const io = new FaultyIO(() => undefined)
    const measured = await worldOf(app({ small: true }), 1, 3)
    await runInvocation(measured.process(io, app(all)), { ...UNTIL_IDLE, maxBatches: 1 })
    assert.ok(io.calls.length > 10, `only ${io.calls.length} calls`)
    for (let at = 0; at < io.calls.length; at++) {
      const world = await worldOf(app({ small: true }), 1, 3)
      const disturbed = new FaultyIO((call) => (call === at ? fault : undefined))
      await drain(world, upgrading(world, disturbed))
      assert.deepEqual(world.overwritten, [])
      assert.deepEqual(await world.outputs(), expected, `${fault} at call ${at}, ${io.calls[at]}`)
    }
  })
}

function* upgrading(world: World, io: FaultyIO) {
  yield world.process(io, app(all))
  for (;;) yield world.process(undefined, app(all))
}

const REUSED: readonly (readonly [string, UpgradeOptions])[] = [
  ['two operators swap their uids', { rename: { counts: 'recent', recent: 'counts' } }],
  ['an operator takes the uid of one that is renamed', { rename: { before: 'counts', counts: 'recent' } }],
  ['a stream takes the uid of one that is renamed', { rename: { lines: 'texts' } }],
]

for (const [what, upgrade] of REUSED) {
  test(`where ${what} in one release, nothing runs, with or without a checkpoint, and the code of before goes on`, async () => {
    for (const before of [0, BEFORE]) {
      const world = await worldOf(app(), before)
      assert.throws(() => world.process(undefined, app({ upgrade })), {
        code: 'bad-application',
        message: /'(counts|lines)' \(to '\w+'\).*\[application upgraded\]$/,
      })
      await drain(world, [world.process(undefined, app())])
      assert.deepEqual(await world.outputs(), await alwaysNew(app()))
    }
  })
}
