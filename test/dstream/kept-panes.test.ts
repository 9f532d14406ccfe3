import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import { type Duration, seconds } from '../../src/util/time.ts'
import { runApp } from './run-batches.ts'

type Pairs = DStream<[string, number]>
type Windowed = (pairs: Pairs, window: Duration, slide: Duration) => DStream<unknown>

const add = (a: number, b: number): number => a + b
const subtract = (a: number, b: number): number => a - b

const WINDOWS: Readonly<Record<string, Windowed>> = {
  window: (pairs, window, slide) => pairs.window(window, slide),
  reduceByKeyAndWindow: (pairs, window, slide) => pairs.reduceByKeyAndWindow(add, window, slide),
  'reduceByKeyAndWindow with an inverse': (pairs, window, slide) =>
    pairs.reduceByKeyAndWindow(add, subtract, window, slide),
}

/** Seconds of window and slide. */
const DURATIONS = [
  [1, 1],
  [4, 1],
  [4, 2],
  [3, 3],
  [5, 3],
  [2, 5],
  [30, 4],
] as const

/** Upgrades go by this: a window may become another one whose panes are all there. */
for (const [name, windowed] of Object.entries(WINDOWS)) {
  test(`${name} has the panes that it says it keeps, after any batch`, async () => {
    for (const [window, slide] of DURATIONS) {
      const build = (pairs: Pairs) => windowed(pairs, seconds(window), seconds(slide)).uid('recent').print()
      const keptMs = keptBy(build)
      for (const batches of [1, 2, 3, 4, 5, 6, 7, 34, 35, 36, 37]) {
        const there = await panesAfter(batches, build)
        for (let ms = batches * 1000; ms > 0 && ms > batches * 1000 - keptMs; ms -= 1000) {
          assert.ok(there.has(ms), `${window} s every ${slide} s: the pane of ${ms} is gone after ${batches} batches`)
        }
      }
    }
  })
}

function keptBy(build: (pairs: Pairs) => void): number {
  const app = defineApp({ name: 'test', batchInterval: seconds(1) }, (ssc) => build(ssc.queueStream([])))
  const forms = buildGraph(app).nodes.flatMap(({ state }) => state?.form?.panes ?? [])
  assert.equal(forms.length, 1)
  return forms[0]?.keptMs ?? 0
}

/** Their times. */
async function panesAfter(batches: number, build: (pairs: Pairs) => void): Promise<Set<number>> {
  const input = Array.from({ length: batches }, (_, i) => [[`key-${i % 3}`, 1] as const])
  const state = await runApp({ inputs: [input] }, (ssc) => build(ssc.queueStream([])))
  return new Set(state.entries('recent.panes').map(([key]) => Number.parseInt(String(key), 10)))
}
