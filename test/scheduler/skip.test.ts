import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const { signal } = new AbortController()
const add = (a: number, b: number) => a + b

/** Sums over a window with an inverse and over all batches; a poisonous line fails its batch. */
function summing(): Application {
  return defineApp({ name: 'counting', batchInterval: seconds(1) }, (ssc) => {
    const words = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).map((line) => {
      if (line === 'poison') throw new RangeError('not this line')
      return ['sum', Number(line)]
    })
    words.reduceByKeyAndWindow(add, (a, b) => a - b, seconds(2), seconds(1)).saveAsTextFiles('memory://out/window')
    words.updateStateByKey<number>((values, sum = 0) => values.reduce(add, sum)).saveAsTextFiles('memory://out/total')
  })
}

/** Files of one number each, `poison` in the second. */
async function poisoned(): Promise<World> {
  const world = new World()
  for (const [file, text] of ['1', 'poison', '4', '8'].entries()) {
    await world.place('memory://in').put(`f${file}.txt`, new TextEncoder().encode(`${text}\n`))
  }
  await assert.rejects(runInvocation(world.process(undefined, summing()), UNTIL_IDLE), /Batch 2000 ms failed/)
  return world
}

const request = { batchTime: 2000, reason: 'a line that nobody can read', signal }

async function sums(world: World, output: string): Promise<string[]> {
  return [...(await world.outputs())]
    .filter(([key]) => key.startsWith(output) && key.includes('part-'))
    .map(([key, text]) => `${key.split('/')[0]} ${text.trim()}`)
}

test('a skipped batch is passed over: empty to windows and state, without output, recorded with its reason', async () => {
  const world = await poisoned()
  const report = await skipBatch(world.process(undefined, summing()), request)
  assert.deepEqual(
    [report.batchTime, report.records, report.outputs, report.skipped],
    [2000, 0, [], { reason: request.reason }],
  )
  await drain(world, [world.process(undefined, summing())])
  assert.deepEqual(await sums(world, 'window'), ['window-1000 (sum,1)', 'window-3000 (sum,4)', 'window-4000 (sum,12)'])
  assert.deepEqual(await sums(world, 'total'), ['total-1000 (sum,1)', 'total-3000 (sum,5)', 'total-4000 (sum,13)'])
  assert.ok((await replayBatch(world.process(undefined, summing()), 4000, { signal })).equal)
  await assert.rejects(replayBatch(world.process(undefined, summing()), 2000, { signal }), { code: 'batch-skipped' })
})

test('only the batch that is planned can be skipped', async () => {
  const world = await poisoned()
  const before = await world.register.read('counting')
  await assert.rejects(
    skipBatch(world.process(undefined, summing()), { ...request, batchTime: 3000 }),
    /2000 ms is; .*3000 ms/,
  )
  assert.deepEqual((await world.register.read('counting'))?.planned, before?.planned)
  await skipBatch(world.process(undefined, summing()), request)
  await assert.rejects(skipBatch(world.process(undefined, summing()), request), { code: 'batch-not-planned' })
})

test('a skip takes a token of its own: the run that it overtakes commits nothing more', async () => {
  const world = await poisoned()
  const { token } = (await world.register.read('counting')) ?? assert.fail('no head')
  await skipBatch(world.process(undefined, summing()), request)
  assert.ok(((await world.register.read('counting'))?.token ?? 0) > token)
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a skip leaves the batch planned or skipped, and what follows right`, async () => {
    const io = new FaultyIO(() => undefined)
    const calm = await poisoned()
    await skipBatch(calm.process(io, summing()), request)
    await drain(calm, [calm.process(undefined, summing())])
    const expected = await calm.outputs()
    for (let at = 0; at < io.calls.length; at++) {
      const world = await poisoned()
      const faulty = new FaultyIO((call) => (call === at ? fault : undefined))
      await skipBatch(world.process(faulty, summing()), request).catch(() => {})
      const left = (await world.register.read('counting'))?.planned
      if (left !== undefined) await skipBatch(world.process(undefined, summing()), request)
      await drain(world, [world.process(undefined, summing())])
      assert.deepEqual(await world.outputs(), expected, `${fault} at call ${at}, ${io.calls[at]}`)
    }
  })
}

/** Numbers of one stream and, at first, of another, whose lines no code can read. */
function joining(withOther: boolean, upgrade?: UpgradeOptions): Application {
  return defineApp({ name: 'counting', batchInterval: seconds(1), upgrade }, (ssc) => {
    const options = { newFilesOnly: false, maxFilesPerBatch: 1 }
    const numbers = ssc.textFileStream('memory://in', options).uid('numbers').map(Number)
    const other = ssc
      .textFileStream('memory://other', options)
      .uid('other')
      .map((line): number => {
        if (line === 'poison') throw new RangeError('not this line')
        return Number(line)
      })
    const all = withOther ? numbers.union(other) : numbers
    all.reduce(add).saveAsTextFiles('memory://out/sum')
  })
}

async function withOther(...other: readonly string[]): Promise<World> {
  const world = new World()
  const put = (place: string, file: number, text: string) =>
    world.place(place).put(`f${file}.txt`, new TextEncoder().encode(`${text}\n`))
  for (const file of [0, 1, 2, 3]) await put('memory://in', file, String(2 ** file))
  for (const [file, text] of other.entries()) await put('memory://other', file, text)
  await assert.rejects(runInvocation(world.process(undefined, joining(true)), UNTIL_IDLE), /not this line/)
  return world
}

test('a batch with data of a stream that the application no longer has cannot be run, but given up', async () => {
  const world = await withOther('poison', '100', '200')
  await assert.rejects(runInvocation(world.process(undefined, joining(false)), UNTIL_IDLE), /skip the batch: other/)
  const report = await skipBatch(world.process(undefined, joining(false)), { ...request, batchTime: 1000 })
  assert.deepEqual([report.batchTime, report.skipped?.reason], [1000, request.reason])
  await runInvocation(world.process(undefined, joining(false)), { ...UNTIL_IDLE, maxBatches: 1 })
  assert.deepEqual(await sums(world, 'sum'), ['sum-2000 2'])
})

test('a stream with a position that is gone is given up by its own word, and so is then what is planned of it', async () => {
  const world = await withOther('100', 'poison', '200')
  const skip = { ...request, batchTime: 2000 }
  await assert.rejects(skipBatch(world.process(undefined, joining(false)), skip), { code: 'graph-changed' })
  const dropping = joining(false, { drop: ['other'] })
  await skipBatch(world.process(undefined, dropping), skip)
  await drain(world, [world.process(undefined, dropping)])
  assert.deepEqual(await sums(world, 'sum'), ['sum-1000 101', 'sum-3000 4', 'sum-4000 8'])
})
