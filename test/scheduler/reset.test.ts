import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockKey } from '../../src/checkpoint/names.ts'
import { openReceiverSource } from '../../src/connectors/receiver/receiver-source.ts'
import { encodeBlock } from '../../src/connectors/receiver/stored-block.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { Receiver } from '../../src/dstream/receiver.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { collecting, headOf, runBatches, signal, worldWith } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const app = collecting()
const BATCHES = 4
const request = { reason: 'a mistake in the code', startMs: BATCHES * 1000, signal }

/** Outputs of batches after this time, the times counted from it. */
async function outputsSince(world: World, zeroTime: number): Promise<Map<string, string>> {
  const shifted = [...(await world.outputs())].flatMap(([key, text]): [string, string][] => {
    const time = Number(/-(\d+)\//.exec(key)?.[1])
    return time > zeroTime ? [[key.replace(`-${time}/`, `-${time - zeroTime}/`), text]] : []
  })
  return new Map(shifted.sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('after a reset the application begins anew: all data, no state, and no batch time used again', async () => {
  const world = await worldWith(app, BATCHES)
  const before = await world.outputs()
  const report = await resetApplication(world.process(undefined, app), request)
  assert.deepEqual(report, { incarnation: 2, zeroTime: 4000 })
  await drain(world, [world.process(undefined, app)])
  const fresh = new World()
  await fresh.feed(BATCHES + 3)
  await drain(fresh, [fresh.process(undefined, app)])
  assert.deepEqual(await outputsSince(world, 4000), await outputsSince(fresh, 0))
  for (const [key, text] of before) assert.equal((await world.outputs()).get(key), text, key)
})

test('with keepPositions the data that was read is not read again, and only state is dropped', async () => {
  const world = await worldWith(app, BATCHES)
  await resetApplication(world.process(undefined, app), { ...request, keepPositions: true })
  await drain(world, [world.process(undefined, app)])
  const since = await outputsSince(world, 4000)
  assert.deepEqual(
    [...since.keys()].filter((key) => key.endsWith('_SUCCESS') && key.startsWith('large')),
    ['large-1000/_SUCCESS', 'large-2000/_SUCCESS', 'large-3000/_SUCCESS'],
  )
  const seen = [...since].filter(([key]) => key.startsWith('seen-3000/part')).map(([, text]) => text)
  assert.equal(seen.join(''), '(a,9)\n')
})

test('reset-keeps-counters: version and token go on, so that no swap from before fits', async () => {
  const world = await worldWith(app, BATCHES)
  const before = await headOf(world)
  await resetApplication(world.process(undefined, app), request)
  const after = await headOf(world)
  assert.ok(after.version > before.version)
  assert.ok(after.token > before.token)
  assert.equal(after.incarnation, before.incarnation + 1)
  await assert.rejects(resetApplication(world.process(undefined, app), { ...request, startMs: 3000 }), {
    code: 'start-too-early',
  })
})

test('reset-publishes-first: what is committed becomes visible before the incarnation ends', async () => {
  const world = new World()
  await world.feed(2)
  let swaps = 0
  const io = new FaultyIO((_, name) => {
    if (name === 'head.swap') swaps++
    return swaps > 0 && name === 'store.copy' ? 'crash-before' : undefined
  })
  await assert.rejects(runInvocation(world.process(io, app), UNTIL_IDLE))
  assert.ok(!(await world.outputs()).has('large-1000/_SUCCESS'))
  await resetApplication(world.process(undefined, app), { ...request, startMs: 1000 })
  assert.ok((await world.outputs()).has('large-1000/_SUCCESS'))
})

test('a reset drops the plan of a batch that fails, says so, and is on the record', async () => {
  const world = new World()
  await world.feed(2)
  const failing = defineApp({ name: 'collecting', batchInterval: seconds(1) }, (ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false }).foreachRDD(() => {
      throw new RangeError('no')
    })
  })
  await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE))
  const report = await resetApplication(world.process(undefined, app), { ...request, startMs: 0 })
  assert.equal(report.droppedPlan, 1000)
  const head = await headOf(world)
  assert.equal(head.planned, undefined)
  for await (const { began } of manifests(world.checkpoint, head))
    assert.deepEqual(began, { by: 'reset', reason: request.reason })
})

test('batches from before a reset stay listed, and are not run again', async () => {
  const world = await worldWith(app, BATCHES)
  await resetApplication(world.process(undefined, app), request)
  await runBatches(world, app, 2)
  const times: number[] = []
  for await (const { attempt } of manifests(world.checkpoint, await headOf(world))) times.push(attempt.batchTime)
  assert.deepEqual(times, [6000, 5000, 4000, 4000, 3000, 2000, 1000])
  await assert.rejects(replayBatch(world.process(undefined, app), 2000, { signal }), { code: 'before-reset' })
  await assert.rejects(replayBatch(world.process(undefined, app), 4000, { signal }), { code: 'before-reset' })
  assert.ok((await replayBatch(world.process(undefined, app), 5000, { signal })).equal)
  await collect(world.process(undefined, app), { signal })
  assert.ok((await replayBatch(world.process(undefined, app), 6000, { signal })).equal)
})

/** What it receives is put into its blocks by the test. */
class Idle extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

test('blocks that were read before a reset are not read again, as some of them may be gone', async () => {
  const received = defineApp({ name: 'collecting', batchInterval: seconds(1) }, (ssc) => {
    ssc.receiverStream(new Idle()).uid('in').saveAsTextFiles('memory://out/lines')
  })
  const world = new World()
  const block = (number: number) => blockKey('collecting', 'in', { session: '000-a', number, records: 1 })
  const runBatch = async () => {
    const runtime: Runtime = { ...world.process(undefined, received), openSource: openReceiverSource }
    await runInvocation(runtime, { ...UNTIL_IDLE, maxBatches: 1 })
    await closeSources(runtime)
  }
  await world.checkpoint.put(block(0), encodeBlock(['old'], undefined))
  await runBatch()
  await resetApplication(world.process(undefined, received), { ...request, startMs: 1000 })
  await world.checkpoint.put(block(1), encodeBlock(['new'], undefined))
  await runBatch()
  assert.equal((await world.outputs()).get('lines-2000/part-00000'), 'new\n')
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a reset: it is done whole or not at all, and what follows is right`, async () => {
    const calm = await worldWith(app, BATCHES)
    const io = new FaultyIO(() => undefined)
    await resetApplication(calm.process(io, app), { ...request, keepPositions: true })
    await drain(calm, [calm.process(undefined, app)])
    const expected = await calm.outputs()
    for (let at = 0; at < io.calls.length; at++) {
      const world = await worldWith(app, BATCHES)
      const faulty = new FaultyIO((call) => (call === at ? fault : undefined))
      const asked = { ...request, keepPositions: true }
      await resetApplication(world.process(faulty, app), asked).catch(() => {})
      if ((await headOf(world)).incarnation === 1) await resetApplication(world.process(undefined, app), asked)
      await drain(world, [world.process(undefined, app)])
      assert.deepEqual(await world.outputs(), expected, `${fault} at call ${at}, ${io.calls[at]}`)
    }
  })
}
