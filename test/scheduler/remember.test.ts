import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { RetainOptions } from '../../src/dstream/retain-options.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { createRuntime } from '../../src/scheduler/create-runtime.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { milliseconds, minutes, seconds, Time } from '../../src/util/time.ts'
import { signal } from './collecting.ts'
import { UNTIL_IDLE, World } from './world.ts'

/** As little as can be said. */
const ONE: RetainOptions = { batches: 1, age: milliseconds(1), every: seconds(1_000_000) }

let counts: DStream<readonly [string, number]>

/** Counts batches, and keeps few of them. */
function counting(declared: { readonly remember?: number; readonly retain?: RetainOptions } = {}): Application {
  return defineApp({ name: 'remembering', batchInterval: seconds(1), retain: declared.retain ?? ONE }, (ssc) => {
    if (declared.remember !== undefined) ssc.remember(seconds(declared.remember))
    counts = ssc.constantStream([['a', 1] as const]).updateStateByKey<number>((ones, sum = 0) => sum + ones.length, 1)
    counts.foreachRDD(() => {})
  })
}

/** After 20 batches and a collection. */
async function sliced(app: Application, fromSeconds: number): Promise<number[]> {
  const world = new World()
  // Of an invocation each: what one has committed goes together.
  for (let batch = 0; batch < 20; batch++)
    await runInvocation(world.process(undefined, app), { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
  await collect(world.process(undefined, app), { signal })
  world.process(undefined, app)
  const rdds = await counts.slice(new Time(fromSeconds * 1000), new Time(20_000))
  return (await Promise.all(rdds.map((rdd) => rdd.collect()))).flat().map(([, count]) => count)
}

test('what is remembered is to be had again, however little is retained', async () => {
  assert.deepEqual(await sliced(counting({ remember: 6 }), 15), [15, 16, 17, 18, 19, 20])
  await assert.rejects(sliced(counting({ remember: 6 }), 13), { code: 'batch-not-found' })
  await assert.rejects(sliced(counting(), 15), { code: 'batch-not-found' })
})

test('more batches than are retained by default stay if they are remembered', () => {
  const remembering = (retain: RetainOptions) => {
    const world = new World()
    return createRuntime(counting({ remember: 3600, retain }), {}, world.process(undefined, counting())).retention
  }
  assert.equal(remembering({}).most, 3600)
  assert.equal(remembering({ age: minutes(2880) }).ageMs, 48 * 3_600_000)
  assert.throws(() => remembering({ most: 3599 }), {
    code: 'bad-application',
    message: /takes 3600 batches.*most 3599/,
  })
})
