import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { State } from '../../src/dstream/state.ts'
import { StateSpec } from '../../src/dstream/state-spec.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { type ReplayReport, replayBatches } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { FaultyIO, seededFaults } from '../../src/testing/faulty-io.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { signal } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

/*
 * Whatever the program, its data and what went wrong on the way: each retained batch, run again, makes the bytes that were
 * committed. A failure prints the seed and the path that repeat it.
 */

type Pair = [string, number]
type Pairs = DStream<Pair>
type Step = readonly [name: string, apply: (stream: Pairs) => Pairs]

const RUNS = { numRuns: 25 }
/** Kept by a collection, and the one before them. */
const RETAINED = 3

const sum = (a: number, b: number): number => a + b
const minus = (a: number, b: number): number => a - b

function sessions(timeout: number) {
  const spec = StateSpec.function((key: string, value: number | undefined, state: State<number>): Pair => {
    const total = (state.getOption() ?? 0) + (value ?? 0)
    if (!state.isTimingOut()) state.update(total)
    return [state.isTimingOut() ? `${key}!` : key, total]
  })
  return spec.timeout(seconds(timeout))
}

const length = fc.integer({ min: 1, max: 4 })

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    ['map', (s) => s.map(([key, n]): Pair => [n % 2 === 0 ? key : 'odd', n])],
    ['filter', (s) => s.filter(([, n]) => n % 3 !== 0)],
    ['flatMapValues', (s) => s.flatMapValues((n) => [n, -n])],
    ['reduceByKey', (s) => s.reduceByKey(sum)],
    ['groupByKey', (s) => s.groupByKey().mapValues((numbers) => numbers.reduce(sum))],
    ['repartition', (s) => s.repartition(3)],
    ['union', (s) => s.union(s.mapValues((n) => n + 1))],
    ['join', (s) => s.join(s.reduceByKey(sum)).mapValues(([a, b]) => a * b)],
    // By the planned seed and the planned clock.
    ['sample', (s) => s.transform((rdd) => rdd.sample(false, 0.6))],
    ['time', (s) => s.transform((rdd, time) => rdd.mapValues((n) => n + time.milliseconds))],
    ['updateStateByKey', (s) => s.updateStateByKey((ns, n: number | undefined) => ns.reduce(sum, n ?? 0))],
    [
      'updateStateByKey that forgets',
      (s) => s.updateStateByKey((ns, n: number | undefined) => (ns.length > 1 ? undefined : ns.reduce(sum, n ?? 0))),
    ],
  ),
  length.map((n): Step => [`mapWithState ${n}`, (s) => s.mapWithState(sessions(n))]),
  length.map((n): Step => [`window ${n}`, (s) => s.window(seconds(n))]),
  length.map((n): Step => [`max ${n}`, (s) => s.reduceByKeyAndWindow(Math.max, seconds(n))]),
  length.map((n): Step => [`sum ${n}`, (s) => s.reduceByKeyAndWindow(sum, minus, seconds(n))]),
)

const program = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => ({
  application: application(steps),
  [fc.toStringMethod]: () => steps.map(([name]) => name).join(' → '),
}))

/** Puts out what comes of all steps, and of the first. */
function application(steps: readonly Step[]): Application {
  const retain = { batches: RETAINED, age: milliseconds(1), every: seconds(1_000_000) }
  return defineApp({ name: 'any', batchInterval: seconds(1), retain }, (ssc) => {
    const pairs = ssc
      .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
      .map((line): Pair => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])])
    const streams: Pairs[] = []
    for (const [, apply] of steps) streams.push(apply(streams.at(-1) ?? pairs))
    streams.at(-1)?.saveAsTextFiles('memory://out/last')
    if (streams.length > 1) streams[0]?.saveAsTextFiles('memory://out/first')
  })
}

const pair = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: -9, max: 9 }))
const files = fc.array(fc.array(pair, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })

async function worldOf(files: readonly (readonly (readonly [string, number])[])[]): Promise<World> {
  const world = new World()
  for (const [i, pairs] of files.entries()) {
    const text = pairs.map(([key, n]) => `${key} ${n}\n`).join('')
    await world.place('memory://in').put(`f${i}`, new TextEncoder().encode(text))
  }
  return world
}

async function replays(world: World, app: Application, carryState = false): Promise<ReplayReport[]> {
  const reports: ReplayReport[] = []
  for await (const report of replayBatches(world.process(undefined, app), { carryState, signal })) reports.push(report)
  return reports
}

/** Every one is equal, and there are so many. */
function assertEqual(reports: readonly ReplayReport[], batches: number): void {
  assert.deepEqual(
    reports.filter(({ equal }) => !equal),
    [],
  )
  assert.equal(reports.length, batches)
}

test('any retained batch of any program makes its bytes again, also when older ones have been collected', async () => {
  await fc.assert(
    fc.asyncProperty(program, files, async ({ application }, files) => {
      const world = await worldOf(files)
      for (let batch = 0; batch < files.length; batch++) await oneBatch(world, application)
      assertEqual(await replays(world, application), files.length)
      assertEqual(await replays(world, application, true), files.length)
      await collect(world.process(undefined, application), { signal })
      // The first batch of all needs none before it.
      const left = files.length > RETAINED + 1 ? RETAINED : files.length
      assertEqual(await replays(world, application), left)
      assertEqual(await replays(world, application, true), left)
    }),
    RUNS,
  )
})

test('whatever fails on the way, and however often, each batch makes the bytes of the attempt that was committed', async () => {
  await fc.assert(
    fc.asyncProperty(program, files, fc.nat(), async ({ application }, files, seed) => {
      const world = await worldOf(files)
      await drain(world, unreliable(world, application, seed))
      assertEqual(await replays(world, application), files.length)
    }),
    RUNS,
  )
})

test('a batch that took several attempts is replayed like any other', async () => {
  const counts = application([
    ['state', (s) => s.updateStateByKey((ns, n: number | undefined) => ns.reduce(sum, n ?? 0))],
  ])
  const files = [[['a', 1]], [['b', 2]], [['a', 3]]] as const
  const calm = new FaultyIO(() => undefined)
  await oneBatch(await worldOf(files), counts, calm)
  let repeated = 0
  for (let dies = 0; dies < calm.calls.length; dies++) {
    const world = await worldOf(files)
    await drain(world, dying(world, counts, dies))
    repeated += await repeatedBatches(world)
    assertEqual(await replays(world, counts), files.length)
  }
  assert.ok(repeated > 0, 'no batch took a second attempt')
})

/** Each batch by a process of its own, and so with a token of its own. */
async function oneBatch(world: World, app: Application, io?: FaultyIO): Promise<void> {
  await runInvocation(world.process(io, app), { ...UNTIL_IDLE, maxBatches: 1 })
}

/** Ten processes with faults, then any number without. */
function* unreliable(world: World, app: Application, seed: number): Generator<Runtime> {
  for (let i = 0; i < 10; i++) yield world.process(new FaultyIO(seededFaults({ seed: seed + i })), app)
  for (;;) yield world.process(undefined, app)
}

/** Two processes that die at this call, then any number that do not. */
function* dying(world: World, app: Application, call: number): Generator<Runtime> {
  for (let i = 0; i < 2; i++) yield world.process(new FaultyIO((at) => (at === call ? 'crash-after' : undefined)), app)
  for (;;) yield world.process(undefined, app)
}

async function repeatedBatches({ checkpoint, register }: World): Promise<number> {
  const head = (await register.read('any')) ?? assert.fail('no head')
  let repeated = 0
  for await (const { stats } of manifests(checkpoint, head)) if (stats.attempts > 1) repeated++
  return repeated
}
