import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import type { RDD } from '../../src/rdd/rdd.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { Interval } from '../../src/util/interval.ts'
import { seconds, Time } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

/** Declares a stream over a queue, runs the first batches, and hands the stream on. */
async function running<T>(
  batches: number,
  declare: (ssc: StreamBuilder) => DStream<T>,
): Promise<{ readonly stream: DStream<T>; readonly world: World; readonly calls: number[] }> {
  const world = new World()
  const calls: number[] = []
  const held: { stream?: DStream<T> } = {}
  const app = defineApp({ name: 'sliced', batchInterval: seconds(1) }, (ssc) => {
    held.stream = declare(ssc)
    held.stream.foreachRDD((_, time) => void calls.push(time.milliseconds))
  })
  const runtime = world.process(new FaultyIO(() => undefined), app)
  if (batches > 0) await runInvocation(runtime, { ...UNTIL_IDLE, due: 'clock', maxBatches: batches })
  assert.ok(held.stream)
  return { stream: held.stream, world, calls }
}

async function elements<T>(rdds: readonly RDD<T>[]): Promise<T[]> {
  return (await Promise.all(rdds.map((rdd) => rdd.collect()))).flat()
}

const numbers = (ssc: StreamBuilder): DStream<number> => ssc.queueStream([[1], [2], [3], [4]])

test('BasicOperationsSuite: slice', async () => {
  const { stream } = await running(2, numbers)
  const slice = async (from: number, to: number) => elements(await stream.slice(new Time(from), new Time(to)))
  assert.deepEqual(await slice(0, 1000), [1])
  assert.deepEqual(await slice(0, 2000), [1, 2])
  assert.deepEqual(await slice(1000, 2000), [1, 2])
  assert.deepEqual(await slice(2000, 4000), [2, 3, 4])
  assert.deepEqual(await elements(await stream.slice(new Interval(new Time(2000), new Time(3000)))), [2, 3])
})

test('BasicOperationsSuite: slice - has not been initialized', async () => {
  const { stream } = await running(0, numbers)
  await assert.rejects(stream.slice(new Time(0), new Time(1000)), { message: /has not been initialized/ })
})

test('ends that lie off the grid are floored, and nothing lies before the first batch or in a range turned around', async () => {
  const { stream } = await running(2, numbers)
  assert.deepEqual(await elements(await stream.slice(new Time(1500), new Time(2999))), [1, 2])
  assert.deepEqual(await stream.slice(new Time(2000), new Time(1000)), [])
  assert.deepEqual(await stream.slice(new Time(-5000), new Time(0)), [])
})

test('a slice of state is what the state was then, and will be if nothing else comes', async () => {
  const { stream } = await running(2, (ssc) => {
    const pairs = numbers(ssc).map((n) => ['sum', n])
    return pairs.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum))
  })
  const sums = await elements(await stream.slice(new Time(1000), new Time(5000)))
  assert.deepEqual(
    sums.map(([, sum]) => sum),
    [1, 3, 6, 10, 10],
  )
})

test('a slice of a window has the times of its slide', async () => {
  const { stream } = await running(4, (ssc) => numbers(ssc).window(seconds(3), seconds(2)))
  assert.deepEqual(await elements(await stream.slice(new Time(0), new Time(2000))), [1, 2])
  assert.deepEqual(await elements(await stream.slice(new Time(3000), new Time(4000))), [1, 2, 2, 3, 4])
})

test('a slice carries out no output, and leaves the application where it is', async () => {
  const { stream, world, calls } = await running(2, numbers)
  const before = JSON.stringify(await world.register.read('sliced'))
  await stream.slice(new Time(0), new Time(6000))
  assert.equal(JSON.stringify(await world.register.read('sliced')), before)
  assert.deepEqual(calls, [1000, 2000])
})

test('a batch without a dataset is left out, and fails what needs one', async () => {
  const queue = [[1], null, [3]]
  const plain = await running(1, (ssc) => ssc.queueStream<number>(queue))
  const datasets = await plain.stream.slice(new Time(1000), new Time(3000))
  assert.deepEqual(await Promise.all(datasets.map((rdd) => rdd.collect())), [[1], [3]])
  const counted = await running(1, (ssc) => ssc.queueStream<number>(queue).count())
  assert.deepEqual(await elements(await counted.stream.slice(new Time(0), new Time(1000))), [1])
  await assert.rejects(counted.stream.slice(new Time(0), new Time(2000)))
})

test('a skipped batch is empty in a slice, as it was to windows and state', async () => {
  const world = new World()
  const held: { stream?: DStream<number> } = {}
  const app = defineApp({ name: 'sliced', batchInterval: seconds(1) }, (ssc) => {
    const stream = numbers(ssc)
    held.stream = stream
    stream.foreachRDD(() => {
      throw new Error('always')
    })
  })
  const runtime = world.process(new FaultyIO(() => undefined), app)
  await assert.rejects(runInvocation(runtime, { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 }))
  await skipBatch(runtime, { batchTime: 1000, reason: 'test', signal: new AbortController().signal })
  assert.deepEqual(await elements((await held.stream?.slice(new Time(0), new Time(2000))) ?? []), [2])
})

test('what is done to the elements of a slice is gone when they are asked for again', async () => {
  const { stream } = await running(1, (ssc) => ssc.queueStream([[{ n: 1 }]]))
  const [rdd] = await stream.slice(new Time(0), new Time(1000))
  assert.ok(rdd)
  for (const _ of [1, 2]) {
    const elements = await rdd.collect()
    assert.deepEqual(elements, [{ n: 1 }])
    for (const element of elements) element.n = 7
  }
})
