import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { runRuntime } from '../../src/local/run-application.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { BatchObserver } from '../../src/scheduler/batch-report.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { waitForNews } from '../../src/scheduler/wait-for-news.ts'
import { type Duration, seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

const { signal } = new AbortController()
const SOON_MS = 5_000
/** In the middle of the five minutes that a batch rests which has failed six times. */
const GIVEN_UP_MS = 100_000

function assertSoon(atMs = Number.NaN): void {
  assert.ok(atMs - GIVEN_UP_MS <= SOON_MS, `given up at ${GIVEN_UP_MS}, gone on at ${atMs}`)
}

/** A file a batch; a line that says so is more than its function can take. */
function application(interval: Duration): Application {
  return defineApp({ name: 'waiting', batchInterval: interval }, (ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).foreachRDD(async (rdd) => {
      for (const line of await rdd.collect()) if (line === 'poison') throw new RangeError('not this line')
    })
  })
}

async function worldOf(texts: readonly string[]): Promise<World> {
  const world = new World()
  for (const [file, text] of texts.entries())
    await world.place('memory://in').put(`f${file}.txt`, new TextEncoder().encode(`${text}\n`))
  return world
}

interface Meanwhile {
  readonly app: Application
  readonly batches: number
  /** When somebody does something, in the middle of whatever sleep. */
  readonly atMs: number
  readonly act: () => Promise<unknown>
}

/** Runs until so many batches have been committed; resolves to when each was. */
async function runMeanwhile(world: World, { app, batches, atMs, act }: Meanwhile): Promise<Map<number, number>> {
  const committed = new Map<number, number>()
  let acted = false
  const clock: Clock = {
    now: () => world.clock.now(),
    sleep: async (ms, wake) => {
      const untilMs = world.clock.now() + ms
      if (!acted && untilMs > atMs) {
        acted = true
        await world.clock.sleep(atMs - world.clock.now())
        await act()
      }
      await world.clock.sleep(Math.max(0, untilMs - world.clock.now()), wake)
    },
  }
  const observer: BatchObserver = { batchCommitted: ({ batchTime }) => void committed.set(batchTime, clock.now()) }
  const runtime: Runtime = { ...world.process(undefined, app, [observer]), clock }
  await runRuntime(runtime, { start: 0, batches, onFailure: () => {} })
  assert.ok(acted)
  return committed
}

test('a run that rests after failures goes on soon after the batch was given up, however long the rest', async () => {
  const world = await worldOf(['good', 'poison', 'good'])
  const app = application(seconds(1))
  const committed = await runMeanwhile(world, {
    app,
    batches: 2,
    atMs: GIVEN_UP_MS,
    act: () => skipBatch(world.process(undefined, app), { batchTime: 2_000, reason: 'poison', signal }),
  })
  assert.deepEqual([...committed.keys()], [1_000, 3_000])
  assertSoon(committed.get(3_000))
})

test('so does one that was started on a batch that had failed often before', async () => {
  const world = await worldOf(['poison', 'good'])
  const app = application(seconds(1))
  const impatient = { ...UNTIL_IDLE, impatient: true }
  for (let run = 0; run < 6; run++) await assert.rejects(runInvocation(world.process(undefined, app), impatient))
  const committed = await runMeanwhile(world, {
    app,
    batches: 1,
    atMs: GIVEN_UP_MS,
    act: () => skipBatch(world.process(undefined, app), { batchTime: 1_000, reason: 'poison', signal }),
  })
  assert.deepEqual([...committed.keys()], [2_000])
  assertSoon(committed.get(2_000))
})

test('who waits hears of a change, of the time, and of a stop, whichever comes first', async () => {
  const world = await worldOf(['good'])
  const app = application(seconds(1))
  await runRuntime(world.process(undefined, app), { start: 0, batches: 1 })
  const runtime = world.process(undefined, app)
  const head = (await world.register.read('waiting')) ?? assert.fail()
  const from = world.clock.now()
  const waiting = { untilMs: from + 60_000, signal }
  assert.equal(await waitForNews(runtime, { ...waiting, version: head.version - 1 }), true)
  assert.equal(world.clock.now(), from + SOON_MS)
  assert.equal(await waitForNews(runtime, { ...waiting, version: head.version }), false)
  assert.equal(world.clock.now(), from + 60_000)
  assert.equal(await waitForNews(runtime, { ...waiting, untilMs: from + 120_000, version: undefined }), false)
  assert.equal(world.clock.now(), from + 120_000)
  const stopped = AbortSignal.abort()
  assert.equal(await waitForNews(runtime, { version: 0, untilMs: Number.POSITIVE_INFINITY, signal: stopped }), false)
})

test('a head that cannot be read is no news: the time comes all the same', async () => {
  const world = await worldOf([])
  const failing = { ...world.register, url: 'memory://', read: () => Promise.reject(new Error('unreachable')) }
  const runtime = { ...world.process(), register: { ...failing, swap: () => assert.fail() } }
  for (const version of [undefined, 7])
    assert.equal(await waitForNews(runtime, { version, untilMs: world.clock.now() + 20_000, signal }), false)
  assert.equal(world.clock.now(), 40_000)
})
