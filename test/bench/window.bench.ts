import assert from 'node:assert/strict'
import { type DStream, defineApp, seconds, type Time } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import type { Benchmark, Figure } from './benchmark.ts'
import { median } from './rounds.ts'
import { maximaLoop } from './window-loop.ts'

export const RECORDS = 100_000
export const KEYS = 10_000
const SHORT = 60
const LONG = 600
/** Batches after the window is full. */
const WARM = 120
const WARM_LONG = 600

/** The largest value of each key over the last batches, without an inverse, every batch; beside it, one batch alone. */
export const window: Benchmark = {
  name: 'window',
  async run({ say }) {
    say(`${RECORDS} records of ${KEYS} keys a batch; windows of ${SHORT} and ${LONG} batches …`)
    const plain = await batchTimes(0, SHORT + WARM, (pairs) => pairs.reduceByKey(Math.max))
    const short = await windowTimes(SHORT, SHORT + WARM)
    const long = await windowTimes(LONG, LONG + WARM_LONG)
    const warm = long.slice(LONG)
    const [one, sixty, sixHundred] = [plain.slice(SHORT), short.slice(SHORT), warm].map(median) as [
      number,
      number,
      number,
    ]
    return [
      ms('ms', sixty, loopMs(SHORT)),
      ms('ms-reduce-by-key', one, loopMs(1)),
      ms('ms-600', sixHundred, loopMs(LONG)),
      { metric: 'times-reduce-by-key', value: sixty / one, unit: 'times' },
      { metric: 'times-60', value: sixHundred / sixty, unit: 'times' },
      { metric: 'slowest-600', value: Math.max(...warm) / sixHundred, unit: 'times the median' },
    ]
  },
}

function ms(metric: string, value: number, reference: number): Figure {
  return { metric, value, unit: 'ms', reference }
}

type Operation = (pairs: DStream<[number, number]>) => DStream<[number, number]>

const windowTimes = (panes: number, batches: number): Promise<number[]> =>
  batchTimes(panes, batches, (pairs) => pairs.reduceByKeyAndWindow(Math.max, seconds(panes), seconds(1)))

/** Milliseconds from one batch's output to the next one's, commit included; each batch's results are counted. */
async function batchTimes(panes: number, batches: number, operation: Operation): Promise<number[]> {
  const times: number[] = []
  let last = performance.now()
  const app = defineApp({ name: `window-${panes}`, batchInterval: seconds(1) }, (ssc) => {
    const ticks = ssc.queueStream([[0, 1]], true, [0, 1])
    const pairs = ticks.transform((rdd, time) => rdd.flatMap((half) => records(half, time)))
    operation(pairs).foreachRDD(async (rdd) => {
      assert.equal(await rdd.count(), KEYS)
      times.push(performance.now() - last)
      last = performance.now()
    })
  })
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  await runApplication(app, { start: 0, batches }, localEnvironment({ log: quiet }))
  return times
}

const inputs = [0, 1, 2, 3].map((seed) => [0, 1].map((half) => input(seed, half)))

/** Half of a batch's records: made before anything is measured, a few batches' worth in turns. */
function records(half: number, time: Time): [number, number][] {
  return inputs[(time.milliseconds / 1000) % inputs.length]?.[half] ?? []
}

function input(seed: number, half: number): [number, number][] {
  return Array.from({ length: RECORDS / 2 }, (_, i) => {
    const n = (Math.imul(i * 2 + half + 1, 0x9e3779b1) + seed * 0x85ebca6b) >>> 0
    return [(i * 2 + half) % KEYS, n % 1_000_003]
  })
}

/** The median of the loop's batches when its window is full. */
function loopMs(panes: number): number {
  const loop = maximaLoop(panes)
  const whole = inputs.map((halves) => halves.flat())
  const times: number[] = []
  for (let batch = 0; batch < panes + 20; batch++) {
    const began = performance.now()
    assert.equal(loop(whole[batch % whole.length] ?? []).size, KEYS)
    times.push(performance.now() - began)
  }
  return median(times.slice(panes))
}
