import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptOf } from '../../src/checkpoint/names.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { type ReplayReport, type ReplayRequest, replayBatch, replayBatches } from '../../src/scheduler/replay.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { collecting, runBatches, signal, worldWith } from './collecting.ts'
import { drain, World } from './world.ts'

const IN = 'memory://in'
const add = (a: number, b: number) => a + b

/** Files of one number each; sums over a window and over all batches, of numbers times `factor`. */
function summing(factor = 1): Application {
  return defineApp({ name: 'summing', batchInterval: seconds(1) }, (ssc) => {
    const numbers = ssc.textFileStream(IN, { newFilesOnly: false, maxFilesPerBatch: 1 }).map((line) => {
      if (line === 'poison') throw new RangeError('not this line')
      return ['sum', factor * Number(line)]
    })
    numbers.reduceByKeyAndWindow(add, seconds(2), seconds(1)).saveAsTextFiles('memory://out/window')
    numbers.updateStateByKey<number>((values, sum = 0) => values.reduce(add, sum)).saveAsTextFiles('memory://out/total')
  })
}

async function numbered(texts: readonly string[]): Promise<World> {
  const world = new World()
  for (const [file, text] of texts.entries()) {
    await world.place(IN).put(`f${file}.txt`, new TextEncoder().encode(`${text}\n`))
  }
  return world
}

async function replayed(runtime: Runtime, range: Omit<ReplayRequest, 'signal'> = {}): Promise<ReplayReport[]> {
  const reports: ReplayReport[] = []
  for await (const report of replayBatches(runtime, { ...range, signal })) reports.push(report)
  return reports
}

/** What the replays of one output wrote, batch by batch. */
async function shadowTexts({ checkpoint }: World, reports: readonly ReplayReport[], output: string): Promise<string[]> {
  const keys = reports.flatMap(({ outputs }) => outputs.find((one) => one.output === output)?.files ?? [])
  const texts = keys.map(async (key) => new TextDecoder().decode(await (await checkpoint.get(key))?.bytes()).trim())
  return Promise.all(texts)
}

test('a range is replayed from its first batch to its last, each into a shadow of its own, and changes nothing else', async () => {
  const world = await numbered(['1', '2', '4', '8', '16'])
  await drain(world, [world.process(undefined, summing())])
  const [head, outputs] = [await world.register.read('summing'), await world.outputs()]
  const reports = await replayed(world.process(undefined, summing()), { from: 2000, until: 4000 })
  assert.deepEqual(
    reports.map(({ batchTime, equal, sameGraph, outputs }) => [batchTime, equal, sameGraph, outputs.length]),
    [2000, 3000, 4000].map((time) => [time, true, true, 2]),
  )
  assert.equal(new Set(reports.map(({ shadow }) => shadow)).size, 3)
  assert.deepEqual(
    (await replayed(world.process(undefined, summing()))).map(({ batchTime }) => batchTime),
    [1000, 2000, 3000, 4000, 5000],
  )
  assert.deepEqual([await world.register.read('summing'), await world.outputs()], [head, outputs])
})

test('each batch of a range begins with its own committed state, or, carried on, with what the replay before it made', async () => {
  const world = await numbered(['1', '2', '4', '8'])
  await drain(world, [world.process(undefined, summing())])
  const doubled = () => world.process(undefined, summing(2))
  const apart = await replayed(doubled(), { from: 2000 })
  assert.deepEqual(await shadowTexts(world, apart, 'saveAsTextFiles-2'), ['(sum,5)', '(sum,11)', '(sum,23)'])
  const carried = await replayed(doubled(), { carryState: true })
  assert.deepEqual(await shadowTexts(world, carried, 'saveAsTextFiles-2'), [
    '(sum,2)',
    '(sum,6)',
    '(sum,14)',
    '(sum,30)',
  ])
  assert.deepEqual(await shadowTexts(world, carried, 'saveAsTextFiles'), ['(sum,2)', '(sum,6)', '(sum,12)', '(sum,24)'])
  const same = await replayed(world.process(undefined, summing()), { carryState: true })
  assert.ok(
    same.every(({ equal }) => equal),
    JSON.stringify(same),
  )
})

test('a batch that was given up is told of in a range, and is empty to the state that is carried on', async () => {
  const world = await numbered(['1', 'poison', '4'])
  const processes = [world.process(undefined, summing()), world.process(undefined, summing())]
  await assert.rejects(drain(world, processes.slice(0, 1)))
  await skipBatch(world.process(undefined, summing()), { batchTime: 2000, reason: 'unreadable', signal })
  await drain(world, processes.slice(1))
  for (const carryState of [false, true]) {
    const reports = await replayed(world.process(undefined, summing()), { carryState })
    assert.deepEqual(
      reports.map(({ batchTime, equal, skipped }) => [batchTime, equal, skipped?.reason]),
      [
        [1000, true, undefined],
        [2000, true, 'unreadable'],
        [3000, true, undefined],
      ],
    )
  }
})

test('what differs is told by output: files, lines, and the first line that is another one', async () => {
  const world = await numbered(['1\n2\n3'])
  const lines = (change: (line: string) => string): Application =>
    defineApp({ name: 'lines', batchInterval: seconds(1) }, (ssc) => {
      const stream = ssc.textFileStream(IN, { newFilesOnly: false })
      stream.map(change).saveAsTextFiles('memory://out/lines')
      stream.count().saveAsTextFiles('memory://out/count')
    })
  await drain(world, [
    world.process(
      undefined,
      lines((line) => line),
    ),
  ])
  const other = world.process(
    undefined,
    lines((line) => (line === '2' ? 'two' : line)),
  )
  const { equal, outputs } = await replayBatch(other, 1000, { signal })
  assert.equal(equal, false)
  assert.deepEqual(
    outputs.map(({ output, equal, filesInAll, filesDiffering }) => [output, equal, filesInAll, filesDiffering]),
    [
      ['saveAsTextFiles', false, 1, 1],
      ['saveAsTextFiles-2', true, 1, 0],
    ],
  )
  assert.deepEqual(outputs[0]?.first, {
    file: 'part-00000',
    line: 2,
    published: '2',
    replayed: 'two',
    publishedLines: 3,
    replayedLines: 3,
  })
  assert.deepEqual(outputs[0]?.differences, ['part-00000: 8 bytes instead of 6; line 2 is "two" instead of "2", of 3'])
})

test('a batch whose source no longer has the data is named with what is gone; those before it have been told of', async () => {
  const world = await numbered(['1', '2', '4'])
  await drain(world, [world.process(undefined, summing())])
  await world.place(IN).delete(['f1.txt'])
  const told: number[] = []
  const range = replayBatches(world.process(undefined, summing()), { signal })
  await assert.rejects(
    async () => {
      for await (const { batchTime } of range) told.push(batchTime)
    },
    { code: 'source-missing', message: /^Batch 2000 ms cannot be replayed, and .*memory:\/\/in\/f1\.txt/s },
  )
  assert.deepEqual(told, [1000])
})

test('what is collected, or was before a reset, is not replayed, and the message says so', async () => {
  const app = collecting()
  const world = await worldWith(app, 8)
  await collect(world.process(undefined, app), { signal })
  const process = () => world.process(undefined, app)
  assert.deepEqual(
    (await replayed(process())).map(({ batchTime, equal }) => [batchTime, equal]),
    [6000, 7000, 8000].map((time) => [time, true]),
  )
  const fromHere = { code: 'base-not-retained', message: /the first that can is that of 6000 ms: 5000 ms$/ }
  await assert.rejects(replayBatch(process(), 5000, { signal }), fromHere)
  await assert.rejects(replayed(process(), { from: 0 }), fromHere)
  await assert.rejects(replayed(process(), { until: 5000, from: 0 }), fromHere)
  assert.deepEqual(
    (await replayed(process(), { from: 6000 })).map(({ batchTime }) => batchTime),
    [6000, 7000, 8000],
  )
  await assert.rejects(replayed(process(), { until: 3000 }), { code: 'batch-not-found', message: /until 3000 ms/ })
  await resetApplication(process(), { reason: 'anew', startMs: 8000, signal })
  await assert.rejects(replayBatch(process(), 8000, { signal }), {
    code: 'before-reset',
    message: /there is none yet that can: 8000 ms$/,
  })
  await runBatches(world, app, 1)
  await assert.rejects(replayed(process(), { from: 7000 }), { code: 'before-reset', message: /of 9000 ms: 7000 ms$/ })
  assert.deepEqual(
    (await replayed(process())).map(({ batchTime, equal }) => [batchTime, equal]),
    [[9000, true]],
  )
})

test('the first batch that is said to do is one that was not given up', async () => {
  const world = await numbered(['1', '2', 'poison', '8', '16'])
  const retain = { batches: 3, age: milliseconds(1), every: seconds(1_000_000) }
  const poisoned = defineApp({ name: 'poisoned', batchInterval: seconds(1), retain }, (ssc) => {
    ssc.textFileStream(IN, { newFilesOnly: false, maxFilesPerBatch: 1 }).foreachRDD(async (rdd) => {
      if ((await rdd.collect()).includes('poison')) throw new RangeError('not this line')
    })
  })
  const process = () => world.process(undefined, poisoned)
  await runBatches(world, poisoned, 2)
  await assert.rejects(runBatches(world, poisoned, 1))
  await skipBatch(process(), { batchTime: 3000, reason: 'unreadable', signal })
  await runBatches(world, poisoned, 2)
  await collect(process(), { signal })
  const refused = { code: 'base-not-retained', message: /the first that can is that of 4000 ms: 2000 ms$/ }
  await assert.rejects(replayed(process(), { from: 0 }), refused)
  await assert.rejects(replayBatch(process(), 2000, { signal }), refused)
  assert.ok((await replayBatch(process(), 4000, { signal })).equal)
})

test('the batch at whose time the application was reset is from before it, whatever of it is retained', async () => {
  const app = collecting()
  const world = await worldWith(app, 4)
  const process = () => world.process(undefined, app)
  await resetApplication(process(), { reason: 'anew', startMs: 4000, signal })
  for (const batches of [2, 1]) {
    await runBatches(world, app, batches)
    await collect(process(), { signal })
    await assert.rejects(replayBatch(process(), 4000, { signal }), { code: 'before-reset' })
  }
})

test('of the batches of before a reset a refusal reads the one that is asked for, and no other', async () => {
  const world = await numbered(['1', '2', '4', '8', '16'])
  const wide = defineApp({ name: 'wide', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream(IN, { newFilesOnly: false, maxFilesPerBatch: 1 })
    // So many outputs that a manifest is an object of its own.
    for (let output = 0; output < 50; output++) lines.saveAsTextFiles(`memory://out/lines-${output}`)
  })
  await runBatches(world, wide, 4)
  await resetApplication(world.process(undefined, wide), { reason: 'anew', startMs: 4000, signal })
  await runBatches(world, wide, 1)
  const read = new Set<number>()
  const get: typeof world.checkpoint.get = (key, options) => {
    if (key.includes('/manifest')) read.add(attemptOf(key)?.batchTime ?? 0)
    return world.checkpoint.get(key, options)
  }
  const checkpoint = new Proxy(world.checkpoint, {
    get: (store, name) => (name === 'get' ? get : Reflect.get(store, name, store)),
  })
  const runtime = { ...world.process(undefined, wide), checkpoint }
  const refused = { code: 'before-reset', message: /the first that can is that of 5000 ms: 2000 ms$/ }
  await assert.rejects(replayed(runtime, { from: 2000 }), refused)
  assert.deepEqual([...read].sort(), [2000, 5000])
})

test('batches from before an upgrade are replayed by the new code on state made over for it, as is the first one after', async () => {
  const world = await numbered(['1', '2', '4', '8'])
  const version = (partitions: number): Application =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1) }, (ssc) => {
      const options = { newFilesOnly: false, maxFilesPerBatch: 1 }
      const words = ssc
        .textFileStream(IN, options)
        .uid('in')
        .map((line): [string, number] => [`k${line}`, Number(line)])
      const state = words.updateStateByKey<number>((values, sum = 0) => values.reduce(add, sum), partitions).uid('sum')
      state.transform((rdd) => rdd.sortByKey(true, 1)).saveAsTextFiles('memory://out/sums')
    })
  await runBatches(world, version(2), 2)
  await runBatches(world, version(3), 2)
  for (const carryState of [false, true]) {
    const reports = await replayed(world.process(undefined, version(3)), { carryState })
    assert.deepEqual(
      reports.map(({ equal, sameGraph }) => [equal, sameGraph]),
      [
        [true, false],
        [true, false],
        [true, true],
        [true, true],
      ],
    )
  }
})

test('a batch with data of a stream that the application no longer has is refused, not replayed without it', async () => {
  const world = await numbered(['1'])
  const reading = (input: string): Application =>
    defineApp({ name: 'renamed', batchInterval: seconds(1) }, (ssc) => {
      ssc.textFileStream(IN, { newFilesOnly: false }).uid(input).saveAsTextFiles('memory://out/lines')
    })
  await runBatches(world, reading('old'), 1)
  await assert.rejects(replayBatch(world.process(undefined, reading('new')), 1000, { signal }), {
    code: 'planned-stream-missing',
  })
})

test('a batch that is collected while it is replayed is told to be no longer retained, not to be damaged', async () => {
  const retain = { batches: 3, age: milliseconds(1), every: seconds(1_000_000) }
  // Changes too large to travel in the head, which a replay has read before they are collected.
  const app = defineApp({ name: 'collecting', batchInterval: seconds(1), retain }, (ssc) => {
    const lines = ssc.textFileStream(IN, { newFilesOnly: false, maxFilesPerBatch: 1 })
    const grown = lines
      .map((line) => [line, 1])
      .updateStateByKey<string>((_, text = '') => `${text}${'x'.repeat(9_000)}`)
    grown.count().saveAsTextFiles('memory://out/count')
  })
  const outcomes = new Set<string>()
  for (let at = 1; !outcomes.has('never'); at++) {
    const world = await worldWith(app, 8)
    let calls = 0
    const collectedAt = async (): Promise<void> => {
      if (calls++ === at) await collect(world.process(undefined, app), { signal })
    }
    const process = world.process(new FaultyIO(() => undefined, collectedAt), app)
    const outcome = await replayBatch(process, 4000, { signal }).then(
      ({ equal }) => (equal ? 'equal' : 'other'),
      ({ code }) => code,
    )
    outcomes.add(calls > at ? outcome : 'never')
  }
  assert.deepEqual([...outcomes].sort(), ['batch-not-found', 'equal', 'never'])
})
