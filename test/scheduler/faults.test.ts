import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../src/dstream/define-app.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { FAULTS, type Fault, FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, processesWith, World } from './world.ts'

const FILES = 5

async function undisturbed() {
  const world = new World()
  await world.feed(FILES)
  const io = new FaultyIO(() => undefined)
  await drain(world, processesWith(world, io))
  return { outputs: await world.outputs(), calls: io.calls }
}

async function disturbed(faultAt: (call: number) => Fault | undefined) {
  const world = new World()
  await world.feed(FILES)
  await drain(world, processesWith(world, new FaultyIO(faultAt)))
  assert.deepEqual(world.overwritten, [])
  return world.outputs()
}

test('an undisturbed run publishes each batch of each output, closed by _SUCCESS', async () => {
  const { outputs } = await undisturbed()
  for (const output of ['batch', 'window', 'total']) {
    for (let batch = 1; batch <= FILES; batch++) assert.ok(outputs.has(`${output}-${batch * 1000}/_SUCCESS`))
  }
  const total = [...outputs]
    .filter(([key]) => key.startsWith(`total-${FILES * 1000}/part`))
    .flatMap(([, text]) => text.split('\n'))
  assert.ok(total.includes(`(a,${3 * FILES})`), String(total))
})

for (const fault of FAULTS) {
  test(`${fault} at any call leaves the very files of an undisturbed run`, async () => {
    const { outputs, calls } = await undisturbed()
    assert.ok(calls.length > 30, `only ${calls.length} calls`)
    for (let at = 0; at < calls.length; at++) {
      const found = await disturbed((call) => (call === at ? fault : undefined))
      assert.deepEqual(found, outputs, `${fault} at call ${at}, ${calls[at]}`)
    }
  })
}

test('two faults in one run leave the very files of an undisturbed run', async () => {
  const { outputs, calls } = await undisturbed()
  for (let first = 0; first < calls.length; first += 3) {
    for (const [i, fault] of FAULTS.entries()) {
      const second = first + 1 + ((first + i) % 7)
      const faults = new Map<number, Fault>([
        [first, 'lost-answer'],
        [second, fault],
      ])
      const found = await disturbed((call) => faults.get(call))
      assert.deepEqual(found, outputs, `lost-answer at ${first}, ${fault} at ${second}`)
    }
  }
})

/** State and output that are too large to travel inline: each batch writes a changelog, staged objects and a manifest. */
const bulky: Application = defineApp({ name: 'bulky', batchInterval: seconds(1) }, (ssc) => {
  ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .map((line) => [line, 'x'.repeat(3_000)])
    .updateStateByKey<string>((added, before = '') => before + added.join(''))
    .saveAsTextFiles('memory://out/bulky')
})

test('what a commit names is there, whatever call of it was lost', async () => {
  const run = async (faultAt: (call: number) => Fault | undefined) => {
    const world = new World()
    await world.feed(3)
    const io = new FaultyIO(faultAt)
    const first = world.process(io, bulky)
    const others = function* () {
      yield first
      for (;;) yield world.process(undefined, bulky)
    }
    await drain(world, others())
    const keys: string[] = []
    for await (const page of world.checkpoint.list('')) keys.push(...page.map(({ key }) => key))
    // Restores the state before the last batch from the objects alone.
    const last = await replayBatch(world.process(undefined, bulky), 3000, { signal: new AbortController().signal })
    return { outputs: await world.outputs(), calls: io.calls, keys, last }
  }
  const calm = await run(() => undefined)
  assert.ok(calm.keys.filter((key) => key.endsWith('/changelog')).length >= 3, calm.keys.join())
  for (const fault of ['dropped', 'lost-answer', 'crash-after'] as const) {
    for (let at = 0; at < calm.calls.length; at++) {
      const { outputs, last } = await run((call) => (call === at ? fault : undefined))
      assert.deepEqual(outputs, calm.outputs, `${fault} at call ${at}, ${calm.calls[at]}`)
      assert.ok(last.equal, JSON.stringify(last))
    }
  }
})
