import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { publishCommitted } from '../../src/scheduler/publish.ts'
import { openInvocation, runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { seenHead } from '../../src/scheduler/seen-head.ts'
import { type Fault, FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { World } from './world.ts'

const lines = defineApp({ name: 'lines', batchInterval: seconds(1) }, (ssc) => {
  ssc.textFileStream('memory://in', { newFilesOnly: false }).count().saveAsTextFiles('memory://out/lines')
})

const printing = defineApp({ name: 'lines', batchInterval: seconds(1) }, (ssc) => {
  const count = ssc.textFileStream('memory://in', { newFilesOnly: false }).count()
  count.saveAsTextFiles('memory://out/lines')
  count.print()
})

const TICK = { deadlineMs: Number.POSITIVE_INFINITY, marginMs: 0, due: 'clock', zeroTime: 0, scheduled: true } as const

/** What an invocation calls, of the calls that change something. */
function recorded(faultAt: (call: string, count: number) => Fault | undefined = () => undefined) {
  const calls: string[] = []
  const io = new FaultyIO((_, name) => {
    if (name !== 'store.put' && name !== 'head.swap') return undefined
    calls.push(name)
    return faultAt(name, calls.filter((call) => call === name).length)
  })
  return { io, calls }
}

/** The next batch time comes, and with it a tick. */
async function tick(world: World, runtime: Runtime, options = {}) {
  world.clock.advance(1_000)
  return runInvocation(runtime, { ...TICK, ...options })
}

async function standing(world: World): Promise<readonly (string | boolean | undefined)[]> {
  const { lease, committed } = (await world.register.read('lines')) as Head
  return [lease?.owner, committed?.published]
}

/** A process whose first batch was committed and given back with its `_SUCCESS` not put. */
async function givenBackOpen(world: World): Promise<void> {
  const { io } = recorded((name, count) => (name === 'store.put' && count === 2 ? 'dropped' : undefined))
  await assert.rejects(tick(world, world.process(io, lines)), {
    code: 'batch-failed',
    message: /Batch 1000 ms is committed, but could not be published yet, which the next run does first/,
  })
}

test('a tick gives the lease back beside _SUCCESS, and leaves the mark to the first swap of the next', async () => {
  const world = new World()
  const { io, calls } = recorded()
  const runtime = world.process(io, lines)
  await tick(world, runtime)
  assert.deepEqual(calls.slice(-3), ['store.put', 'store.put', 'head.swap'])
  assert.deepEqual(await standing(world), [undefined, false])
  calls.length = 0
  await tick(world, runtime)
  assert.deepEqual(calls, ['head.swap', 'head.swap', 'store.put', 'store.put', 'head.swap'])
  const { committed, history } = (await world.register.read('lines')) as Head
  assert.deepEqual([committed?.attempt.batchTime, history.recent.length], [2000, 1])
})

test('whoever else comes first finds everything closed, marks it, and tells nobody of it again', async () => {
  const world = new World()
  await tick(world, world.process(undefined, lines))
  const told: number[] = []
  const { io, calls } = recorded()
  const other = world.process(io, lines, [{ publishRedone: ({ batchTime }) => told.push(batchTime) }])
  assert.equal((await runInvocation(other, TICK)).kind, 'idle')
  assert.deepEqual([calls, told], [['head.swap', 'head.swap'], []])
  assert.deepEqual(await standing(world), [undefined, true])
})

test('what was given back and never closed is published by whoever comes first, before anything else', async () => {
  const world = new World()
  await givenBackOpen(world)
  assert.deepEqual(await standing(world), [undefined, false])
  assert.deepEqual([...(await world.outputs()).keys()], ['lines-1000/part-00000'])
  const told: number[] = []
  const other = world.process(undefined, lines, [{ publishRedone: ({ batchTime }) => told.push(batchTime) }])
  const { reports } = await tick(world, other)
  assert.deepEqual([told, reports.map(({ batchTime }) => batchTime)], [[1000], [2000]])
  assert.ok((await world.outputs()).has('lines-1000/_SUCCESS'))
})

test('the process that could not close its outputs does so with its next tick', async () => {
  const world = new World()
  const { io } = recorded((name, count) => (name === 'store.put' && count === 2 ? 'dropped' : undefined))
  const runtime = world.process(io, lines)
  await assert.rejects(tick(world, runtime), { code: 'batch-failed' })
  await tick(world, runtime)
  assert.ok((await world.outputs()).has('lines-1000/_SUCCESS'))
})

test('of a batch whose process died over it, whoever comes next tells, even if everything is closed', async () => {
  const world = new World()
  const { io } = recorded((name, count) => (name === 'head.swap' && count === 4 ? 'crash-before' : undefined))
  await assert.rejects(tick(world, world.process(io, lines)))
  assert.ok((await world.outputs()).has('lines-1000/_SUCCESS'))
  const told: number[] = []
  const other = world.process(undefined, lines, [{ publishRedone: ({ batchTime }) => told.push(batchTime) }])
  await runInvocation(other, TICK)
  assert.deepEqual([told, await standing(world)], [[1000], [undefined, true]])
})

test('a zombie that closes a batch late, when its successor has gone on, changes no byte', async () => {
  const world = new World()
  await givenBackOpen(world)
  const late = await world.register.read('lines')
  const successor = world.process(undefined, lines)
  await tick(world, successor)
  const before = await world.outputs()
  const zombie = await openInvocation(world.process(undefined, lines), TICK, new AbortController().signal)
  assert.ok(late?.committed)
  await publishCommitted(zombie, late.committed, { redo: false, last: true })
  assert.deepEqual(await world.outputs(), before)
  assert.deepEqual(world.overwritten, [])
  assert.equal((await world.register.read('lines'))?.committed?.attempt.batchTime, 2000)
})

test('an invocation that no schedule follows marks what it has published before it ends', async () => {
  const world = new World()
  await tick(world, world.process(undefined, lines), { scheduled: false })
  assert.deepEqual(await standing(world), [undefined, true])
})

test('an output that nobody can look at is marked before the lease is given back', async () => {
  const world = new World()
  await tick(world, world.process(undefined, printing))
  assert.deepEqual(await standing(world), [undefined, true])
})

test('a backlog is marked as it goes on, and only its last batch is left to the next tick', async () => {
  const world = new World()
  const { io, calls } = recorded()
  world.clock.advance(2_000)
  await tick(world, world.process(io, lines))
  const batch = ['head.swap', 'store.put', 'store.put']
  assert.deepEqual(calls, ['head.swap', 'head.swap', ...batch, ...batch, ...batch, 'head.swap'])
  assert.deepEqual(await standing(world), [undefined, false])
})

test('who looks at a head that is not marked sees by the outputs whether they are published', async () => {
  const closed = new World()
  await tick(closed, closed.process(undefined, lines))
  const open = new World()
  await givenBackOpen(open)
  const seen = await Promise.all(
    [closed, open].map(async (world) => {
      const head = await seenHead(world.process(undefined, lines), (await world.register.read('lines')) as Head)
      return head.committed?.published
    }),
  )
  assert.deepEqual(seen, [true, false])
})
