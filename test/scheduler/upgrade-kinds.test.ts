import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockKey } from '../../src/checkpoint/names.ts'
import { encodeBlock } from '../../src/connectors/receiver/stored-block.ts'
import type { PlanRequest } from '../../src/ports/source.ts'
import { beginFromSavepoint } from '../../src/scheduler/begin-from.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { createSavepoint } from '../../src/scheduler/savepoint.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { batchOf, failedBatchOf, isSound, linesOf, processOf, type Version, worldAfter } from './versions.ts'
import { UNTIL_IDLE, World } from './world.ts'

/*
 * A name that one version of the code has for a stream, and another for one of another kind of source, with no commit of either's.
 */

const { signal } = new AbortController()
const files: Version = { streams: { m: 'files' } }
const withFiles: Version = { streams: { m: 'files', n: 'files' } }
const withQueue: Version = { streams: { m: 'files', n: 'queue' } }
const withLog = (n: readonly string[]): Version => ({ streams: { m: 'files', n } })

const unlike = { code: 'batch-failed', message: /: n \(which is not what this code calls 'n'\)/ }

test('planned-is-of-a-kind: data that is planned of a new stream is refused by code that has another kind of source under its name', async () => {
  const world = await worldAfter(files)
  await failedBatchOf(world, withFiles)
  await assert.rejects(batchOf(world, withQueue), unlike)
  await batchOf(world, withFiles)
  assert.deepEqual(await linesOf(world, 'n'), ['a b0 c0'])
  assert.ok(await isSound(world, withFiles))
})

test('also where nothing is committed, and by a name that the stream is to have by then', async () => {
  const world = await worldAfter()
  await failedBatchOf(world, withFiles)
  await assert.rejects(batchOf(world, withQueue), unlike)
  const renamed: Version = { streams: { m: 'files', r: 'queue' }, upgrade: { rename: { n: 'r' } } }
  await assert.rejects(batchOf(world, renamed), { code: 'batch-failed', message: /: n \(.*calls 'r'\)/ })
  await skipBatch(processOf(world, withQueue), { batchTime: 1000, reason: 'rolled back', signal })
  await batchOf(world, withQueue)
  assert.deepEqual(await linesOf(world, 'n'), ['q0'])
  assert.ok(await isSound(world, withQueue))
})

test('a plan without data of a new stream is no beginning of one of another kind of source, as new, that has its name', async () => {
  const world = await worldAfter(files)
  await failedBatchOf(world, withLog(['before']))
  for (let batch = 0; batch < 3; batch++) await batchOf(world, withQueue)
  assert.deepEqual(await linesOf(world, 'n'), ['q0', 'q1'])
  assert.deepEqual(await linesOf(world, 'm'), ['a b0 c0', 'a b1 c1', 'a b2 c2', 'a b0 c3'])
  assert.ok(await isSound(world, withQueue))
})

test('a plan says of which kind of source it is as the graph calls it, whatever its source says', async () => {
  const world = await worldAfter()
  const runtime = processOf(world, withQueue)
  const openSource: typeof runtime.openSource = (...of) => {
    const source = runtime.openSource(...of)
    const plan = source.plan.bind(source)
    return Object.assign(source, { plan: async (request: PlanRequest) => ({ ...(await plan(request)), kind: 'any' }) })
  }
  await runInvocation({ ...runtime, openSource }, { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
  const { inputs } = await inspectBatch(runtime, { batchTime: 1000 })
  assert.deepEqual(
    inputs.map(({ kind }) => kind),
    ['file', 'queue'],
  )
})

test('a position that a batch keeps of a stream it does not have waits for that stream, however many batches come between', async () => {
  const log = ['before']
  const world = await worldAfter(files)
  await failedBatchOf(world, withLog(log))
  for (let batch = 0; batch < 2; batch++) await batchOf(world, files)
  log.push('between')
  await batchOf(world, withLog(log))
  assert.deepEqual(await linesOf(world, 'n'), ['between'])
  assert.ok(await isSound(world, withLog(log)))
})

test('positions-are-of-a-kind: a new stream does not begin where other code was in another kind of source of its name', async () => {
  const world = await worldAfter(files)
  await failedBatchOf(world, withLog(['before']))
  for (let batch = 0; batch < 2; batch++) await batchOf(world, files)
  for (let batch = 0; batch < 2; batch++) await batchOf(world, withQueue)
  assert.deepEqual(await linesOf(world, 'n'), ['q0', 'q1'])
  assert.ok(await isSound(world, withQueue))
})

test('nor after a reset that keeps positions, or in a checkpoint that begins with a savepoint', async () => {
  const world = await worldAfter(files)
  await failedBatchOf(world, withLog(['before']))
  await batchOf(world, files)
  await createSavepoint(processOf(world, files), { name: 'kept', signal })
  const copy = new World()
  for (const [url, place] of world.places) if (url === 'memory://in') copy.places.set(url, place)
  await beginFromSavepoint(processOf(copy, files), { name: 'kept', from: world, signal })
  await resetApplication(processOf(world, files), { reason: 'a mistake', keepPositions: true, startMs: 2000, signal })
  for (const place of [world, copy]) {
    await batchOf(place, withQueue)
    assert.deepEqual(await linesOf(place, 'n'), ['q0'])
  }
})

test("a stream of one's own that names its ranges is of another kind than one that makes its batches", async () => {
  const log = ['before']
  const withTimes: Version = { streams: { m: 'files', n: 'times' } }
  const world = await worldAfter(files)
  await failedBatchOf(world, withTimes)
  await assert.rejects(batchOf(world, withLog(log)), unlike)
  await batchOf(world, withTimes)
  await assert.rejects(batchOf(world, withLog(log)), { code: 'graph-changed', message: /in computed and reads ranged/ })
  for (let batch = 0; batch < 2; batch++) {
    await batchOf(world, { ...withLog(log), upgrade: { drop: ['n'] } })
    log.push(`after ${batch}`)
  }
  assert.deepEqual(await linesOf(world, 'n'), ['at 2000', 'after 0'])
  await assert.rejects(batchOf(world, withTimes), { code: 'graph-changed', message: /in ranged and reads computed/ })
})

async function putBlock(world: World, number: number): Promise<void> {
  const key = blockKey('anew', 'n', { session: '000-a', number, records: 1 })
  await world.checkpoint.put(key, encodeBlock([`block ${number}`], undefined))
}

const received = (upgrade = {}): Version => ({ streams: { n: 'received' }, upgrade })

test('marks-are-no-position: what takes the name of a stream of blocks begins as if new after a reset', async () => {
  for (const [n, lines] of [['queue', ['q0', 'q1']] as const, [['before'], []] as const]) {
    const world = new World()
    await putBlock(world, 0)
    await batchOf(world, received())
    await resetApplication(processOf(world, received()), { reason: 'a mistake', startMs: 1000, signal })
    for (let batch = 0; batch < 2; batch++) await batchOf(world, { streams: { n } })
    assert.deepEqual(await linesOf(world, 'n'), ['block 0', ...lines])
    assert.ok(await isSound(world, { streams: { n } }))
  }
})

test('dropped-marks-kept: blocks that were read are not read again when their stream comes back after another of its name', async () => {
  const drop = { drop: ['n'] }
  const world = new World()
  await putBlock(world, 0)
  await batchOf(world, received())
  for (let batch = 0; batch < 2; batch++) await batchOf(world, { streams: { n: 'queue' }, upgrade: drop })
  await putBlock(world, 1)
  await batchOf(world, received(drop))
  assert.deepEqual(await linesOf(world, 'n'), ['block 0', 'q0', 'q1', 'block 1'])
  assert.ok(await isSound(world, received(drop)))
})

test('what is planned of blocks is not taken by a stream of another name, which would not find the others', async () => {
  const renamed: Version = { streams: { r: 'received' }, upgrade: { rename: { n: 'r' } } }
  const world = new World()
  await putBlock(world, 0)
  await failedBatchOf(world, received())
  await putBlock(world, 1)
  await assert.rejects(batchOf(world, renamed), { code: 'batch-failed', message: /: n \(.*calls 'r'\)/ })
  for (let batch = 0; batch < 2; batch++) await batchOf(world, received())
  assert.deepEqual(await linesOf(world, 'n'), ['block 0', 'block 1'])
})
