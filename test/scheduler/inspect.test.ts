import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { type BatchInspection, inspectBatch } from '../../src/scheduler/inspect.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { seconds } from '../../src/util/time.ts'
import { signal } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

/** Counts words; one that is said to be gone is dropped. */
const app: Application = defineApp({ name: 'inspected', batchInterval: seconds(1) }, (ssc) => {
  ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .uid('words')
    .map((word) => [word.replace('-', ''), word.startsWith('-') ? 0 : 1])
    .updateStateByKey<number>((ones, sum = 0) => (ones.includes(0) ? undefined : sum + ones.length), 1)
    .uid('counts')
    .saveAsTextFiles('memory://out/counts')
})

async function worldOf(...files: readonly string[]): Promise<World> {
  const world = new World()
  for (const [i, text] of files.entries())
    await world.place('memory://in').put(`f${i}.txt`, new TextEncoder().encode(text))
  await drain(world, [world.process(undefined, app)])
  return world
}

function inspected(world: World, batchTime: number, limit = 20): Promise<BatchInspection> {
  return inspectBatch(world.process(undefined, app), { batchTime, limit })
}

test('a batch shows what it read, what it changed by operator, and what it wrote', async () => {
  const world = await worldOf('a\nb\na\n', 'c\n-b\n')
  const { plan, inputs, committed } = await inspected(world, 2000)
  assert.equal(plan.clockMs, 2000)
  const [input] = inputs
  assert.deepEqual([input?.stream, input?.kind, input?.records, input?.rangesInAll], ['words', 'file', 2, 1])
  assert.match(input?.ranges[0]?.partition ?? '', /f1\.txt$/)
  assert.deepEqual([committed?.attempt.batchTime, committed?.predecessor?.batchTime], [2000, 1000])
  const counts = committed?.state.find(({ operator }) => operator === 'counts')
  assert.deepEqual(counts, {
    operator: 'counts',
    put: 1,
    deleted: 1,
    changes: [
      { kind: 'deleted', partition: 0, key: '"b"' },
      { kind: 'put', partition: 0, key: '"c"', value: '1' },
    ],
  })
  const [output] = committed?.outputs ?? []
  assert.equal(output?.destination, 'memory://out/counts-2000')
  assert.deepEqual(
    output?.files.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [['part-00000', 12]],
  )
})

test('of many changes the first are shown, and all are counted', async () => {
  const world = await worldOf(`${Array.from({ length: 3_000 }, (_, i) => `word ${i}`).join('\n')}\n`)
  const { committed } = await inspected(world, 1000, 5)
  const counts = committed?.state.find(({ operator }) => operator === 'counts')
  assert.deepEqual([counts?.put, counts?.changes.length], [3_000, 5])
  assert.equal(counts?.changes[4]?.key, '"word 4"')
})

test('changes can be looked at as long as their batch is retained, also when a snapshot has taken their place', async () => {
  const words = Array.from({ length: 4_000 }, (_, i) => `a rather long word, so that snapshots are due ${i}`)
  const world = await worldOf(...[0, 1, 2, 3, 4].map(() => `${words.join('\n')}\n`))
  await collect(world.process(undefined, app), { signal })
  for (const batchTime of [1000, 2000, 3000, 4000, 5000]) {
    const { committed } = await inspected(world, batchTime, 1)
    const counts = committed?.state.find(({ operator }) => operator === 'counts')
    assert.deepEqual([counts?.put, counts?.changes[0]?.value], [4_000, String(batchTime / 1000)], `${batchTime}`)
  }
})

test('a batch that is planned and fails shows what it is to read, and why it failed', async () => {
  const world = await worldOf('a\n')
  await world.place('memory://in').put('f9.txt', new TextEncoder().encode('z\n'))
  const upgrade = { drop: ['counts'] }
  const failing = defineApp({ name: 'inspected', batchInterval: seconds(1), upgrade }, (ssc) => {
    const words = ssc.textFileStream('memory://in', { newFilesOnly: false }).uid('words')
    words.foreachRDD(() => {
      throw new RangeError('my own mistake')
    })
  })
  await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE))
  const inspection = await inspected(world, 2000)
  assert.equal(inspection.committed, undefined)
  assert.match(inspection.failure?.message ?? '', /my own mistake/)
  assert.match(inspection.inputs[0]?.ranges[0]?.partition ?? '', /f9\.txt$/)
})

test('batches that are not retained are refused; of a batch and a reset at one time, the batch is shown', async () => {
  const world = await worldOf('a\n', 'b\n')
  await assert.rejects(inspected(world, 3000), { code: 'batch-not-found' })
  await assert.rejects(inspected(new World(), 1000), { code: 'no-checkpoint' })
  await resetApplication(world.process(undefined, app), { reason: 'test', startMs: 2000, signal })
  assert.equal((await inspected(world, 2000)).committed?.report.began, undefined)
})
