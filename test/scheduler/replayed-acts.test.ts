import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { ForeachFunction } from '../../src/dstream/output-node.ts'
import { keyedWrites } from '../../src/dstream/outputs/keyed-writes.ts'
import { MemoryKeyedStore } from '../../src/local/stores/memory-keyed-store.ts'
import { replayBatch, replayBatches } from '../../src/scheduler/replay.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { seconds } from '../../src/util/time.ts'
import { signal } from './collecting.ts'
import { drain, World } from './world.ts'

const IN = 'memory://in'

/** Files of one line each, and processes of an application that has a function called with those of each batch. */
async function calling(lines: readonly string[]) {
  const world = new World()
  for (const [file, line] of lines.entries())
    await world.place(IN).put(`f${file}.txt`, new TextEncoder().encode(`${line}\n`))
  const process = (fn: ForeachFunction<string>): Runtime => {
    const app = defineApp({ name: 'effects', batchInterval: seconds(1) }, (ssc) => {
      ssc.textFileStream(IN, { newFilesOnly: false, maxFilesPerBatch: 1 }).foreachRDD(fn, { name: 'effect' })
    })
    return world.process(undefined, app)
  }
  return { world, process }
}

test('foreachRDD functions are called by a replay that is told to, with tokens that no batch and no other replay has', async () => {
  const { world, process } = await calling(['1', '2'])
  const tokens: string[] = []
  const recording = () => process((_rdd, _time, output) => void tokens.push(output.token(0)))
  await drain(world, [recording()])
  const [first] = tokens.splice(0)
  await replayBatch(recording(), 1000, { signal })
  assert.deepEqual(tokens, [])
  await replayBatch(recording(), 1000, { signal, withForeachRDD: true })
  await replayBatch(recording(), 1000, { signal, withForeachRDD: true })
  assert.equal(new Set(tokens).size, 2)
  for (const token of tokens) assert.match(token, /^replay:[^/]+\/effects\/1\/1000\/effect\/0$/)
  assert.equal(first, 'effects/1/1000/effect/0')
})

test('by key a replay writes in place of what its batch wrote, and never of what a later one did', async () => {
  const { world, process } = await calling(['a', 'b', 'a'])
  const store = new MemoryKeyedStore()
  const write = keyedWrites<string>(store)
  const saying = (what: string) =>
    process((rdd, ...batch) =>
      write(
        rdd.map((line) => [line, what]),
        ...batch,
      ),
    )
  await drain(world, [saying('committed')])
  const again = async (what: string, batchTime: number) => {
    await replayBatch(saying(what), batchTime, { signal, withForeachRDD: true })
    return store.items
  }
  assert.deepEqual(await again('committed', 3000), { a: '"committed"', b: '"committed"' })
  assert.deepEqual(await again('other', 1000), { a: '"committed"', b: '"committed"' })
  assert.deepEqual(await again('other', 2000), { a: '"committed"', b: '"other"' })
})

test('a batch that was given up calls no foreachRDD function in a replay either', async () => {
  const { world, process } = await calling(['1', 'poison', '4'])
  const times: number[] = []
  const poisoned = process(async (rdd) => {
    if ((await rdd.collect()).includes('poison')) throw new RangeError('not this line')
  })
  const mended = () => process((_rdd, time) => void times.push(time.milliseconds))
  await assert.rejects(drain(world, [poisoned]))
  await skipBatch(mended(), { batchTime: 2000, reason: 'unreadable', signal })
  await drain(world, [mended()])
  times.splice(0)
  const skipped: boolean[] = []
  for await (const report of replayBatches(mended(), { signal, withForeachRDD: true }))
    skipped.push(report.skipped !== undefined)
  assert.deepEqual(skipped, [false, true, false])
  assert.deepEqual(times, [1000, 3000])
})
