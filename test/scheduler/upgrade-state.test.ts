import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BatchTime } from '../../src/checkpoint/attempt.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { UpdateStateOptions } from '../../src/dstream/facade/state-operations.ts'
import type { State } from '../../src/dstream/state.ts'
import type { StateCodec } from '../../src/dstream/state-codec.ts'
import { StateSpec } from '../../src/dstream/state-spec.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { HashPartitioner, type Partitioner } from '../../src/rdd/partitioner.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { committedManifest } from '../../src/scheduler/committed-manifest.ts'
import { compareWithPublished, foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { restoreAfter } from '../../src/scheduler/restore.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { seconds, type Time } from '../../src/util/time.ts'
import { collecting, headOf, keysOf, readBefore, worldWith } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const add = (a: number, b: number): number => a + b

type Pairs = ReturnType<typeof pairsOf>

function pairsOf(ssc: StreamBuilder) {
  return ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .uid('lines')
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
}

function app(declare: (pairs: Pairs, ssc: StreamBuilder) => void): Application {
  return defineApp({ name: 'upgraded', batchInterval: seconds(1) }, (ssc) => declare(pairsOf(ssc), ssc))
}

/** What is put out after an upgrade, and what would have been if the code had always been the new one. */
async function upgraded(
  files: number,
  versions: { readonly from: Application; readonly to: Application; readonly at: number },
) {
  const world = new World()
  await world.feed(files)
  await runInvocation(world.process(undefined, versions.from), { ...UNTIL_IDLE, maxBatches: versions.at })
  await drain(world, [world.process(undefined, versions.to)])
  const fresh = new World()
  await fresh.feed(files)
  await drain(fresh, [fresh.process(undefined, versions.to)])
  const since = async (of: World): Promise<Map<string, string>> =>
    new Map([...(await of.outputs())].filter(([key]) => Number(/-(\d+)\//.exec(key)?.[1]) > versions.at * 1000))
  return {
    world,
    found: await since(world),
    expected: await since(fresh),
  }
}

const WINDOWS: readonly (readonly [string, (partitions: number, window: number, slide: number) => Application])[] = [
  [
    'reduceByKeyAndWindow',
    (partitions, window, slide) =>
      app((pairs) =>
        pairs
          .reduceByKeyAndWindow(add, seconds(window), seconds(slide), partitions)
          .uid('recent')
          .transform((rdd) => rdd.sortByKey(true, 1))
          .saveAsTextFiles('memory://out/recent'),
      ),
  ],
  [
    'window',
    (_, window, slide) =>
      app((pairs) =>
        pairs
          .window(seconds(window), seconds(slide))
          .uid('recent')
          .reduceByKey(add, 1)
          .transform((rdd) => rdd.sortByKey(true, 1))
          .saveAsTextFiles('memory://out/recent'),
      ),
  ],
]

/** Partitions, window and slide in seconds. */
type Windowed = readonly [number, number, number]

const CHANGES: readonly (readonly [string, Windowed, Windowed])[] = [
  ['more partitions', [2, 40, 1], [5, 40, 1]],
  ['a much shorter window', [2, 40, 1], [2, 18, 1]],
  ['a window of few panes', [2, 40, 1], [2, 5, 1]],
  ['another slide', [2, 40, 1], [2, 40, 4]],
  ['another slide and a shorter window in other partitions', [2, 40, 3], [3, 30, 2]],
]

for (const [name, version] of WINDOWS) {
  for (const [what, from, to] of CHANGES) {
    test(`${name} of long windows goes on with ${what}`, async () => {
      const { found, expected } = await upgraded(30, { from: version(...from), to: version(...to), at: 24 })
      assert.ok(found.size > 0)
      assert.deepEqual(found, expected)
    })
  }
}

test('panes that a shorter window does not need are not kept', async () => {
  const [, version] = WINDOWS[1] ?? assert.fail('window')
  const { world } = await upgraded(30, { from: version(1, 20, 1), to: version(1, 3, 1), at: 25 })
  const fresh = new World()
  await fresh.feed(30)
  await drain(fresh, [fresh.process(undefined, version(1, 3, 1))])
  const stored = async (of: World): Promise<number> => {
    const head = (await of.register.read('upgraded')) ?? assert.fail('no head')
    const runtime = of.process(undefined, version(1, 3, 1))
    const { state } = await restoreAfter(
      runtime,
      head,
      head.committed && (await committedManifest(runtime, head.committed)),
    )
    return (await state.table('recent.panes', 0, 1)).size
  }
  assert.equal(await stored(world), await stored(fresh))
})

const clicks = (partitions: number, declare: (spec: StateSpec<string, number, number, string>) => typeof spec) =>
  app((pairs) => {
    const f = (time: Time, word: string, one: number | undefined, state: State<number>) => {
      const n = (state.getOption() ?? 0) + (one ?? 0)
      if (!state.isTimingOut()) state.update(n)
      return `${word} ${n}${state.isTimingOut() ? ` timed out at ${time.milliseconds}` : ''}`
    }
    pairs
      .mapWithState(
        declare(StateSpec.function<string, number, number, string>(f).numPartitions(partitions).timeout(seconds(4))),
      )
      .uid('clicks')
      .transform((rdd) => rdd.sortBy((line) => line, true, 1))
      .saveAsTextFiles('memory://out/clicks')
  })

test('keys of mapWithState time out in the batches in which they would have, re-sharded or migrated', async () => {
  const from = clicks(2, (spec) => spec)
  const to = clicks(5, (spec) => spec.version(2, (n: number, version) => (version === 1 ? n : undefined)))
  const { found, expected } = await upgraded(24, { from, to, at: 8 })
  assert.ok([...found.values()].some((text) => text.includes('timed out')))
  assert.deepEqual(found, expected)
})

test('what a migration returns is stored by the codec; it is given what is stored', async () => {
  const count = (codec: boolean) =>
    app((pairs) => {
      const f = (ones: number[], n: bigint | number | undefined) => BigInt(ones.length) + BigInt(n ?? 0)
      const migrate = (stored: unknown): bigint => {
        assert.equal(typeof stored, 'number')
        return BigInt(stored as number)
      }
      const options = codec
        ? {
            stateVersion: 2,
            migrate,
            codec: { encode: (n: bigint) => `n${n}`, decode: (text: unknown) => BigInt(String(text).slice(1)) },
          }
        : {}
      const counts = codec
        ? pairs
            .updateStateByKey<bigint>(f, { ...options, numPartitions: 1 })
            .uid('counts')
            .mapValues(String)
        : pairs
            .updateStateByKey<number>((ones, n = 0) => ones.length + n, 1)
            .uid('counts')
            .mapValues(String)
      counts.saveAsTextFiles('memory://out/counts')
    })
  const { found, expected } = await upgraded(6, { from: count(false), to: count(true), at: 3 })
  assert.deepEqual(found, expected)
})

test('state is not read by another codec than the one that stored it, nor without, unless it is migrated', async () => {
  const cents = {
    encode: (n: number) => ({ cents: n * 100 }),
    decode: (stored: { cents: number }) => stored.cents / 100,
  }
  const whole = { encode: (n: number) => ({ n }), decode: (stored: { n: number }) => stored.n }
  const count = (options: UpdateStateOptions<string, number>) =>
    app((pairs) => {
      const counts = pairs.updateStateByKey<number>((ones, n = 0) => ones.length + n, { numPartitions: 1, ...options })
      counts.uid('counts').mapValues(String).saveAsTextFiles('memory://out/counts')
    })
  const named = (name: string, codec: object) => count({ codec: { ...(codec as StateCodec<number>), name } })
  const refused: readonly (readonly [Application, Application])[] = [
    [count({}), count({ codec: cents as StateCodec<number> })],
    [count({ codec: cents as StateCodec<number> }), count({})],
    [named('cents', cents), named('whole', whole)],
    [named('cents', cents), count({ codec: cents as StateCodec<number> })],
  ]
  for (const [from, to] of refused) {
    const world = new World()
    await world.feed(4)
    await runInvocation(world.process(undefined, from), { ...UNTIL_IDLE, maxBatches: 2 })
    const goOn = runInvocation(world.process(undefined, to), UNTIL_IDLE)
    await assert.rejects(goOn, { code: 'graph-changed', message: /codec.*stateVersion/ })
  }
  const migrated = count({ stateVersion: 2, migrate: (stored) => (stored as { cents: number }).cents / 100 })
  const { found, expected } = await upgraded(6, { from: named('cents', cents), to: migrated, at: 3 })
  assert.deepEqual(found, expected)
})

/** Keys by their length: where the hash would not put them. */
class ByLength implements Partitioner {
  readonly numPartitions = 2
  partition(key: unknown): number {
    return String(key).length % 2
  }
  equals(other: Partitioner | undefined): boolean {
    return other instanceof ByLength
  }
}

test('another partitioner of as many partitions moves the state, in every form of the function', async () => {
  const version = (partitioner: Partitioner) =>
    app((pairs) => {
      pairs
        .updateStateByKey(
          (_time: Time, _key: string, ones: number[], n: number | undefined) => ones.reduce(add, n ?? 0),
          { partitioner, stateVersion: 1 },
          true,
        )
        .uid('counts')
        .transform((rdd) => rdd.sortByKey(true, 1))
        .saveAsTextFiles('memory://out/counts')
    })
  const { found, expected } = await upgraded(6, {
    from: version(new HashPartitioner(2)),
    to: version(new ByLength()),
    at: 3,
  })
  assert.deepEqual(found, expected)
})

const counts = (uid: string, partitions: number, upgrade = {}) =>
  defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
    pairsOf(ssc)
      .updateStateByKey<number>((ones, n = 0) => ones.reduce(add, n), partitions)
      .uid(uid)
      .transform((rdd) => rdd.sortByKey(true, 1))
      .saveAsTextFiles('memory://out/counts')
  })

async function ran(version: Application, files = 4): Promise<World> {
  const world = new World()
  await world.feed(files)
  await drain(world, [world.process(undefined, version)])
  return world
}

test('an operator of another kind under the uid of one whose state is dropped begins with nothing, once', async () => {
  const summed = (upgrade = {}) =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
      const f = (_: string, one: number | undefined, state: State<number>) => {
        state.update((state.getOption() ?? 0) + (one ?? 0))
        return state.get()
      }
      pairsOf(ssc)
        .filter(([word]) => word === 'a')
        .mapWithState(StateSpec.function(f).numPartitions(1))
        .uid('counts')
        .saveAsTextFiles('memory://out/sums')
    })
  const world = new World()
  await world.feed(6)
  await runInvocation(world.process(undefined, counts('counts', 2)), { ...UNTIL_IDLE, maxBatches: 2 })
  await assert.rejects(runInvocation(world.process(undefined, summed()), UNTIL_IDLE), { code: 'graph-changed' })
  const dropping = summed({ drop: ['counts'] })
  for (let batch = 0; batch < 2; batch++)
    await runInvocation(world.process(undefined, dropping), { ...UNTIL_IDLE, maxBatches: 1 })
  await drain(world, [world.process(undefined, dropping)])
  const sums = [3, 4, 5, 6].map(async (batch) => (await world.outputs()).get(`sums-${batch}000/part-00000`))
  assert.deepEqual(await Promise.all(sums), ['1\n2\n3\n', '4\n5\n6\n', '7\n8\n9\n', '10\n11\n12\n'])
})

const { signal } = new AbortController()
const renamed = counts('totals', 3, { rename: { counts: 'totals' } })

test('batches of the former graph are replayed by the new one, with the same bytes', async () => {
  const world = await ran(counts('counts', 2))
  for (const batchTime of [1000, 2000, 4000]) {
    const { equal, sameGraph } = await replayBatch(world.process(undefined, renamed), batchTime, { signal })
    assert.deepEqual([equal, sameGraph], [true, false])
  }
  await assert.rejects(replayBatch(world.process(undefined, counts('totals', 3)), 2000, { signal }), {
    code: 'graph-changed',
  })
})

test('a replay reads nothing of a stream that its batch had given up, although its name has come back', async () => {
  const version = (isJoined: boolean, upgrade = {}, fail = false) =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
      const read = (uid: string) =>
        ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).uid(uid)
      const lines = isJoined ? read('lines').union(read('more')) : read('lines')
      lines
        .map((line) => {
          if (fail) throw new RangeError('not today')
          return line
        })
        .saveAsTextFiles('memory://out/lines')
    })
  const world = new World()
  await world.feed(2)
  await assert.rejects(runInvocation(world.process(undefined, version(true, {}, true)), UNTIL_IDLE))
  world.clock.advance(1_000_000)
  await drain(world, [world.process(undefined, version(false, { drop: ['more'] }))])
  const { equal } = await replayBatch(world.process(undefined, version(true)), 1000, { signal })
  assert.equal(equal, true)
})

test('the last batches are compared on the new code’s own state, migrated once', async () => {
  const world = await ran(counts('counts', 2))
  const reports = []
  for await (const report of compareWithPublished(world.process(undefined, renamed), { batches: 3, signal }))
    reports.push(report)
  assert.deepEqual(
    reports.map(({ batchTime, equal }) => [batchTime, equal]),
    [2000, 3000, 4000].map((time) => [time, true]),
  )
})

test('where fewer batches are retained than are to be compared, those are compared that still have the state they began with', async () => {
  const app = collecting()
  const world = await worldWith(app, 8)
  await collect(world.process(undefined, app), { signal })
  const compared = async (batches: number) => {
    const times: BatchTime[] = []
    for await (const { batchTime, equal } of compareWithPublished(world.process(undefined, app), { batches, signal })) {
      assert.ok(equal)
      times.push(batchTime)
    }
    return times
  }
  const retained: BatchTime[] = []
  for await (const { attempt } of manifests(world.checkpoint, await headOf(world))) retained.unshift(attempt.batchTime)
  assert.deepEqual(await compared(100), retained.slice(1))
  assert.deepEqual(await compared(retained.length), retained.slice(1))
  assert.deepEqual(await compared(2), retained.slice(-2))
})

test('what a collection gives up while the last batches are counted is no damage', async () => {
  const app = collecting()
  const world = await worldWith(app, 100)
  const before = await headOf(world)
  assert.ok(before.history.segment, 'some of the history is in segments')
  await collect(world.process(undefined, app), { signal })
  const runtime = { ...world.process(undefined, app), register: readBefore(world.register, before) }
  const compared = compareWithPublished(runtime, { batches: 1_000, signal })
  await assert.rejects(compared.next(), { code: 'base-not-retained' })
})

test('an upgrade is foreseen without a trace', async () => {
  const world = await ran(counts('counts', 2))
  const head = await world.register.read('upgraded')
  const keys = () => keysOf(world)
  const before = await keys()
  const forecast = await foreseeUpgrade(world.process(undefined, renamed))
  assert.equal(forecast.fits, true)
  const refused = await foreseeUpgrade(world.process(undefined, counts('totals', 3)))
  assert.equal(refused.fits, false)
  assert.deepEqual([await world.register.read('upgraded'), await keys()], [head, before])
  await assert.rejects(foreseeUpgrade(new World().process(undefined, renamed)), { code: 'no-checkpoint' })
})

test('a reset that keeps positions keeps what is known of the streams, and forgets the operators', async () => {
  const world = await ran(counts('counts', 2))
  await world.feed(6)
  await resetApplication(world.process(undefined, counts('counts', 2)), {
    reason: 'test',
    keepPositions: true,
    startMs: 9000,
    signal,
  })
  await drain(world, [world.process(undefined, counts('totals', 3))])
  assert.match((await world.outputs()).get('counts-10000/part-00000') ?? '', /^\(a,3\)\n/)
})
