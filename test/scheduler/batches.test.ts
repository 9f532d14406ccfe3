import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../src/dstream/define-app.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { manifests } from '../../src/scheduler/history.ts'
import type { InvocationOptions } from '../../src/scheduler/invocation.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, processesWith, UNTIL_IDLE, World } from './world.ts'

const calm = () => new FaultyIO(() => undefined)
const none = new AbortController().signal

function app(build: Parameters<typeof defineApp>[1]): Application {
  return defineApp({ name: 'counting', batchInterval: seconds(1) }, build)
}

/** Words by file, through a function that the test brings. */
function mapping(f: (word: string) => string): Application {
  return app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines
      .flatMap((line) => line.split(' '))
      .map(f)
      .saveAsTextFiles('memory://out/words')
  })
}

test('a function that throws fails its batch, which keeps its plan and blocks later ones until new code runs it', async () => {
  const world = new World()
  await world.feed(3)
  const broken = mapping((word) => {
    if (word === 'c1') throw new RangeError('no c1 please')
    return word
  })
  await assert.rejects(runInvocation(world.process(calm(), broken), UNTIL_IDLE), (error: SluiceError) => {
    assert.equal(error.code, 'batch-failed')
    assert.match(error.message, /Batch 2000 ms .*map at batches\.test\.ts:\d+.*line 1 of .*f001\.txt.*no c1 please/s)
    return true
  })
  const head = await world.register.read('counting')
  assert.equal(head?.planned?.batchTime, 2000)
  assert.equal(head?.planned?.failure?.count, 1)
  assert.equal(head?.lease, undefined)
  const before = JSON.stringify(head?.planned?.plan)
  await assert.rejects(runInvocation(world.process(calm(), broken), UNTIL_IDLE))
  assert.equal(JSON.stringify((await world.register.read('counting'))?.planned?.plan), before)
  assert.deepEqual([...(await world.outputs()).keys()], ['words-1000/_SUCCESS', 'words-1000/part-00000'])
  world.clock.advance(400_000)
  const outcome = await runInvocation(
    world.process(
      calm(),
      mapping((word) => word.toUpperCase()),
    ),
    UNTIL_IDLE,
  )
  assert.deepEqual(
    outcome.reports.map(({ batchTime, attempt }) => [batchTime, attempt]),
    [
      [2000, 3],
      [3000, 1],
    ],
  )
})

test('an input file that changed between the plan and the run fails the batch and says so', async () => {
  const world = new World()
  await world.feed(1)
  const dies = new FaultyIO((_, name) => (name === 'store.get' ? 'crash-before' : undefined))
  await assert.rejects(runInvocation(world.process(dies), UNTIL_IDLE))
  await world.place('memory://in').put('f000.txt', new TextEncoder().encode('other\n'))
  await assert.rejects(runInvocation(world.process(), UNTIL_IDLE), /f000\.txt/)
  assert.equal((await world.register.read('counting'))?.planned?.failure?.code, 'source-changed')
})

test('history moves from the head to segments, and a cold process restores state from both', async () => {
  const world = new World()
  const files = 120
  await world.feed(files, 2)
  // A new process for each batch: every one restores what the one before left, inline or in objects.
  for (let batch = 0; batch < files; batch++) {
    const { reports } = await runInvocation(world.process(), { ...UNTIL_IDLE, maxBatches: 1 })
    assert.equal(reports.length, 1)
  }
  const head = await world.register.read('counting')
  assert.ok(head?.history.segment !== undefined, 'history has moved out of the head')
  assert.ok(JSON.stringify(head).length < 64 * 1024)
  const times: number[] = []
  for await (const manifest of manifests(world.checkpoint, head)) times.push(manifest.attempt.batchTime)
  assert.deepEqual(
    times,
    Array.from({ length: files }, (_, i) => (files - i) * 1000),
  )
  const warm = new World()
  await warm.feed(files, 2)
  await drain(warm, processesWith(warm, calm()))
  assert.deepEqual(await world.outputs(), await warm.outputs())
})

test('a replay of any committed batch makes the same bytes in a shadow of its own and touches nothing else', async () => {
  const world = new World()
  await world.feed(6)
  await drain(world, processesWith(world, calm()))
  const head = await world.register.read('counting')
  const outputs = await world.outputs()
  const shadows = new Set<string>()
  for (let batch = 1; batch <= 6; batch++) {
    const report = await replayBatch(world.process(), batch * 1000, { signal: none })
    assert.ok(report.equal, JSON.stringify(report))
    assert.equal(report.outputs.length, 3)
    shadows.add(report.shadow)
  }
  shadows.add((await replayBatch(world.process(), 1000, { signal: none })).shadow)
  assert.equal(shadows.size, 7)
  assert.deepEqual(await world.register.read('counting'), head)
  assert.deepEqual(await world.outputs(), outputs)
})

test('a replay of an application whose bytes differ on every run says what differs', async () => {
  const world = new World()
  await world.feed(1)
  let draws = 0
  const moody = mapping((word) => `${word}-${draws++}`)
  await drain(world, [world.process(calm(), moody)])
  const report = await replayBatch(world.process(calm(), moody), 1000, { signal: none })
  assert.equal(report.equal, false)
  assert.match(report.outputs[0]?.differences.join() ?? '', /part-00000/)
})

test('a batch that is not retained cannot be replayed, and the message says where to look', async () => {
  const world = new World()
  await world.feed(1)
  await drain(world, processesWith(world, calm()))
  await assert.rejects(replayBatch(world.process(), 77_000, { signal: none }), { code: 'batch-not-found' })
})

test('foreachRDD gets the same token in every attempt and is not called by a replay', async () => {
  const world = new World()
  await world.feed(2)
  const tokens: string[] = []
  const effects = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines.foreachRDD(async (rdd, time, output) => {
      tokens.push(`${time.milliseconds} ${await rdd.count()} ${output.token(0)}`)
      if (tokens.length === 1) throw new SluiceError({ code: 'x', kind: 'retryable', message: 'once' })
    })
  })
  await assert.rejects(runInvocation(world.process(calm(), effects), UNTIL_IDLE))
  await runInvocation(world.process(calm(), effects), UNTIL_IDLE)
  assert.equal(tokens.length, 3)
  assert.equal(tokens[0], tokens[1])
  assert.notEqual(tokens[1], tokens[2])
  await replayBatch(world.process(calm(), effects), 1000, { signal: none })
  assert.equal(tokens.length, 3)
})

test('missed ticks are all run, in order, cheaply when empty; a batch whose time has not come is not', async () => {
  const world = new World()
  world.clock.advance(10_500)
  await world.feed(1)
  const clock: InvocationOptions = { deadlineMs: Number.POSITIVE_INFINITY, marginMs: 0, due: 'clock' }
  const first = await runInvocation(world.process(), clock)
  assert.deepEqual(first.kind, 'idle')
  assert.equal(first.nextMs, 11_000)
  world.clock.advance(5_000)
  const { reports } = await runInvocation(world.process(), clock)
  assert.deepEqual(
    reports.map(({ batchTime, records }) => [batchTime, records]),
    [
      [11_000, 3],
      [12_000, 0],
      [13_000, 0],
      [14_000, 0],
      [15_000, 0],
    ],
  )
})

test('an invocation begins no batch in the margin of its deadline, finishes the one under way, and the next goes on', async () => {
  const world = new World()
  await world.feed(6)
  // Goes on when a batch says so, and at no other time.
  const clock = new ManualClock()
  const slow = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines.foreachRDD(() => clock.advance(10_000))
  })
  const times = async () => {
    const options = { ...UNTIL_IDLE, deadlineMs: clock.now() + 25_000, marginMs: 1_000 }
    const { reports } = await runInvocation({ ...world.process(calm(), slow), clock }, options)
    return reports.map(({ batchTime }) => batchTime)
  }
  assert.deepEqual(await times(), [1000, 2000, 3000])
  assert.deepEqual(await times(), [4000, 5000, 6000])
})

test('P5: a batch that died after a side effect runs again on the very data of its plan, whatever has arrived since', async () => {
  const world = new World()
  await world.feed(2)
  const seen: string[] = []
  const effects = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false })
    lines.foreachRDD(async (rdd, _, output) => {
      seen.push(`${output.token()} ${(await rdd.collect()).length}`)
    })
  })
  const dies = new FaultyIO((_, name) => (name === 'head.swap' && seen.length === 1 ? 'crash-before' : undefined))
  await assert.rejects(runInvocation(world.process(dies, effects), UNTIL_IDLE))
  await world.feed(5)
  await runInvocation(world.process(calm(), effects), UNTIL_IDLE)
  assert.equal(seen.length, 3)
  assert.equal(seen[0], seen[1])
})

test('what an operator does to the state objects it reads stays with it', async () => {
  const world = new World()
  const mutating = app((ssc) => {
    const state = ssc
      .queueStream([['k'], ['k'], ['k']])
      .map((key) => [key, 1])
      .updateStateByKey<{ n: number }>((ones, state = { n: 0 }) => ({ n: state.n + ones.length }))
    const spoiled = state.mapValues((value) => {
      value.n += 100
      return value
    })
    spoiled.saveAsTextFiles('memory://out/spoiled')
    state.saveAsTextFiles('memory://out/state')
  })
  await drain(world, [world.process(calm(), mutating)])
  const lines = [...(await world.outputs())].filter(([key]) => key.includes('part-')).map(([, text]) => text.trim())
  assert.deepEqual(
    lines,
    [1, 2, 3].flatMap((n) => [`(k,{"n":${100 + n}})`]).concat([1, 2, 3].map((n) => `(k,{"n":${n}})`)),
  )
})

test('an empty item at the end of a queue is a batch like any other', async () => {
  const world = new World()
  const queued = app((ssc) => {
    ssc
      .queueStream([[1], [], []])
      .count()
      .saveAsTextFiles('memory://out/count')
  })
  const { reports, sourcesDone } = await runInvocation(world.process(calm(), queued), UNTIL_IDLE)
  assert.deepEqual([reports.map(({ batchTime }) => batchTime), sourcesDone], [[1000, 2000, 3000], true])
})

test('a batch whose publish is done again is reported by whoever does that', async () => {
  const world = new World()
  await world.feed(1)
  const dies = new FaultyIO((_, name) => (name === 'store.put' ? 'crash-before' : undefined))
  await assert.rejects(runInvocation(world.process(dies), UNTIL_IDLE))
  const told: number[] = []
  const observer = { publishRedone: ({ batchTime }: { readonly batchTime: number }) => told.push(batchTime) }
  const { reports } = await runInvocation(world.process(calm(), undefined, [observer]), UNTIL_IDLE)
  assert.deepEqual([told, reports], [[1000], []])
})
