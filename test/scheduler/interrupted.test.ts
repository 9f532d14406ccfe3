import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { Source, SourceOpener } from '../../src/ports/source.ts'
import type { BatchFailure } from '../../src/scheduler/batch-report.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { counting, drain, UNTIL_IDLE, World } from './world.ts'

/** Two streams: files that were there before the application, and files that come later. */
const twoStreams = defineApp({ name: 'two', batchInterval: seconds(1) }, (ssc) => {
  const old = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
  const fresh = ssc.textFileStream('memory://fresh')
  old.union(fresh).saveAsTextFiles('memory://out/lines')
})

async function freshFile(world: World, name: string): Promise<void> {
  await world.place('memory://fresh').put(name, new TextEncoder().encode(`${name}\n`))
}

/** The sources of a directory, changed as a test wants. */
function changed(open: SourceOpener, url: string, change: (source: Source) => Partial<Source>): SourceOpener {
  return (descriptor, uid) => {
    const source = open(descriptor, uid)
    if (descriptor.options.url !== url) return source
    const bound: Source = {
      plan: (request) => source.plan(request),
      read: (range, signal) => source.read(range, signal),
      describe: (range, index) => source.describe(range, index),
      remember: (plan, memory) => source.remember?.(plan, memory),
      close: () => source.close(),
    }
    return { ...bound, ...change(source) }
  }
}

/** Never has a record, until it is stopped. */
async function* endless(signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
  while (!signal.aborted) {
    await turn()
    yield []
  }
  signal.throwIfAborted()
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Dies at the first put after the commit, which publishes. */
function diesPublishing(): FaultyIO {
  let swaps = 0
  return new FaultyIO((_, name) => {
    if (name === 'head.swap') swaps++
    return swaps === 3 && name === 'store.put' ? 'crash-before' : undefined
  })
}

test('an invocation whose plan fails ends only when no stream is being planned any more', async () => {
  const world = new World()
  await world.feed(1)
  await freshFile(world, 'a')
  let planning = 0
  const runtime = world.process(undefined, twoStreams)
  const failing = changed(runtime.openSource, 'memory://in', () => ({ plan: () => Promise.reject(new Error('no')) }))
  const openSource = changed(failing, 'memory://fresh', (source) => ({
    plan: async (request) => {
      planning++
      for (let turns = 0; turns < 5; turns++) await turn()
      planning--
      return source.plan(request)
    },
  }))
  await assert.rejects(runInvocation({ ...runtime, openSource }, UNTIL_IDLE), /no batch could be planned: no/i)
  assert.equal(planning, 0, 'what is left behind would go on in the next invocation of this process')
})

test('P5: a plan that is cut smaller does not ask anew where a stream begins', async () => {
  const world = new World()
  await world.feed(1)
  await freshFile(world, 'before')
  const runtime = world.process(undefined, twoStreams)
  const openSource = changed(runtime.openSource, 'memory://in', () => ({
    read: (_, signal) => endless(signal),
  }))
  for (let attempt = 0; attempt < 2; attempt++) {
    const deadlineMs = world.clock.now() + 60_000
    const stuck = { ...world.process(undefined, twoStreams), openSource }
    await assert.rejects(runInvocation(stuck, { ...UNTIL_IDLE, deadlineMs }), { kind: 'retryable' })
    assert.equal((await world.register.read('two'))?.planned?.failure?.code, 'deadline')
    await freshFile(world, `after-${attempt}`)
  }
  world.clock.advance(400_000)
  await drain(world, [world.process(undefined, twoStreams)])
  const lines = [...(await world.outputs()).values()].join('').split('\n')
  assert.deepEqual(
    ['before', 'after-0', 'after-1'].map((name) => lines.filter((line) => line === name).length),
    [0, 1, 1],
  )
})

test('P5: nor does a stream begin later that has no position yet, where its source has lost what was planned', async () => {
  const world = new World()
  await world.feed(1)
  const failing = async (openSource: SourceOpener) => {
    const deadlineMs = world.clock.now() + 60_000
    const stuck = { ...world.process(undefined, twoStreams), openSource }
    await assert.rejects(runInvocation(stuck, { ...UNTIL_IDLE, deadlineMs }), { kind: 'retryable' })
  }
  const { openSource } = world.process(undefined, twoStreams)
  const endlessly = changed(openSource, 'memory://in', () => ({ read: (_, signal) => endless(signal) }))
  for (let attempt = 0; attempt < 2; attempt++) await failing(endlessly)
  const trimmed = changed(openSource, 'memory://in', (source) => ({
    plan: async (request) => {
      const plan = await source.plan(request)
      return { ...plan, ranges: plan.ranges.map((range) => ({ ...range, from: { offset: 3 } })) }
    },
    read: (_, signal) => endless(signal),
  }))
  world.clock.advance(400_000)
  await failing(trimmed)
  const planned = (await world.register.read('two'))?.planned
  assert.match(JSON.stringify(planned), /"from":\{"offset":0\}/)
  assert.doesNotMatch(JSON.stringify(planned), /"from":\{"offset":3\}/)
})

test('who is stopped while publishing is told that going on is enough, and the next run publishes', async () => {
  const world = new World()
  await world.feed(1)
  const stop = new AbortController()
  let swaps = 0
  const io = new FaultyIO((_, name) => {
    if (name === 'head.swap') swaps++
    if (swaps === 3 && name === 'store.put') stop.abort()
    return undefined
  })
  await assert.rejects(runInvocation(world.process(io), { ...UNTIL_IDLE, signal: stop.signal }), {
    code: 'batch-failed',
    kind: 'retryable',
    message: /committed, but could not be published yet/,
  })
  assert.ok(!(await world.outputs()).has('batch-1000/_SUCCESS'))
  await drain(world, [world.process()])
  for (const output of ['batch', 'window', 'total']) {
    assert.ok((await world.outputs()).has(`${output}-1000/_SUCCESS`))
  }
})

test('a publish that fails again is told like any failed batch', async () => {
  const world = new World()
  await world.feed(1)
  await assert.rejects(runInvocation(world.process(diesPublishing()), UNTIL_IDLE))
  const failures: BatchFailure[] = []
  const observer = { batchFailed: (failure: BatchFailure) => void failures.push(failure) }
  const io = new FaultyIO((_, name) => (name === 'store.put' ? 'dropped' : undefined))
  await assert.rejects(runInvocation(world.process(io, counting, [observer]), UNTIL_IDLE), { code: 'batch-failed' })
  assert.deepEqual(
    failures.map(({ batchTime, code }) => [batchTime, code]),
    [[1000, 'lost']],
  )
})

test('what was committed is published also when its output has been given up, or its name to another kind', async () => {
  for (const successor of ['print', 'none'] as const) {
    const world = new World()
    await world.feed(1)
    const app = (kind: 'text' | 'print' | 'none') =>
      defineApp({ name: 'counting', batchInterval: seconds(1) }, (ssc) => {
        const lines = ssc.textFileStream('memory://in', { newFilesOnly: false })
        if (kind === 'text') lines.saveAsTextFiles('memory://out/lines', '', { name: 'lines' })
        else lines.print(10, { name: kind === 'print' ? 'lines' : 'other' })
      })
    await assert.rejects(runInvocation(world.process(diesPublishing(), app('text')), UNTIL_IDLE))
    await drain(world, [world.process(undefined, app(successor))])
    assert.deepEqual([...(await world.outputs()).keys()], ['lines-1000/_SUCCESS', 'lines-1000/part-00000'])
  }
})

test('a function that throws while the register is out of reach is what the invocation tells of', async () => {
  const world = new World()
  await world.feed(1)
  const stop = new AbortController()
  const app = defineApp({ name: 'counting', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false })
    lines.foreachRDD(() => {
      throw new RangeError('my own mistake')
    })
  })
  let swaps = 0
  const io = new FaultyIO((_, name) => {
    if (name !== 'head.swap' || ++swaps < 3) return undefined
    stop.abort()
    return 'dropped'
  })
  await assert.rejects(runInvocation(world.process(io, app), { ...UNTIL_IDLE, signal: stop.signal }), {
    code: 'batch-failed',
    message: /my own mistake/,
  })
})
