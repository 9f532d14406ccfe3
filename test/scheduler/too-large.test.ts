import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { InputDStream } from '../../src/dstream/input-dstream.ts'
import type { Source } from '../../src/ports/source.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, unbounded, World } from './world.ts'

/** Sources of a runtime, changed as a test wants. */
function withSources(runtime: Runtime, change: (source: Source) => Partial<Source>): Runtime {
  const openSource: Runtime['openSource'] = (descriptor, uid, surroundings) => {
    const source = runtime.openSource(descriptor, uid, surroundings)
    const changed = change(source)
    return new Proxy(source, {
      get: (_, name) => {
        const member = Reflect.get(Object.hasOwn(changed, name) ? changed : source, name)
        return typeof member === 'function' ? member.bind(source) : member
      },
    })
  }
  return { ...runtime, openSource }
}

/** A process that more than so many files kill, without a word. */
function diesOf(world: World, app: Application, files: number): Runtime {
  const opened = new Set<string>()
  const runtime = world.process(new FaultyIO(() => (opened.size > files ? 'crash-before' : undefined)), app)
  return withSources(runtime, (source) => ({
    read: (range, signal) => {
      opened.add(range.partition)
      return source.read(range, signal)
    },
  }))
}

/** One invocation of ten seconds, in which a plan takes up to 500 files. */
async function invoke(world: World, runtime: Runtime): Promise<void> {
  const deadlineMs = world.clock.now() + 10_000
  await runInvocation(runtime, { ...UNTIL_IDLE, deadlineMs, maxBatches: 1 }).catch(() => world.clock.advance(400_000))
}

async function linesIn(world: World): Promise<number> {
  const counts = [...(await world.outputs())].filter(([name]) => !name.endsWith('_SUCCESS'))
  return counts.reduce((sum, [, text]) => sum + Number(text), 0)
}

test('a plan on which one attempt after the other ends without a word is cut smaller, until one comes to its end', async () => {
  const world = new World()
  world.clock.stands = true
  await world.feed(100, 1)
  for (let invocation = 0; invocation < 40 && (await linesIn(world)) < 100; invocation++)
    await invoke(world, diesOf(world, unbounded, 60))
  assert.equal(await linesIn(world), 100)
  assert.deepEqual(world.overwritten, [])
})

test('no other plan is: three attempts may have ended for want of a network', async () => {
  const world = new World()
  world.clock.stands = true
  await world.feed(100, 1)
  for (let attempt = 0; attempt < 3; attempt++) await invoke(world, diesOf(world, unbounded, 60))
  const { inputs } = await inspectBatch(world.process(undefined, unbounded), { batchTime: 1000 })
  assert.equal(inputs[0]?.rangesInAll, 100)
})

/** What it is asked for once is gone: from a queue of the user's own. */
class Polled extends InputDStream<string> {
  #next = 0
  compute(): string[] {
    return [`polled ${this.#next++}`]
  }
}

test('what a stream makes is not made again when its batch is cut smaller, as the first of it would be in no batch', async () => {
  const world = new World()
  const app = defineApp({ name: 'polling', batchInterval: seconds(1) }, (ssc) => {
    new Polled(ssc).saveAsTextFiles('memory://out/polled')
  })
  const runtime = world.process(undefined, app)
  let isStuck = true
  const stuck = withSources(runtime, (source) => ({
    async *read(range, signal) {
      while (isStuck && !signal.aborted) yield await new Promise((resolve) => setImmediate(() => resolve([])))
      signal.throwIfAborted()
      yield* source.read(range, signal)
    },
  }))
  for (let attempt = 0; attempt < 2; attempt++) await invoke(world, stuck)
  assert.equal((await world.register.read('polling'))?.planned?.failure?.code, 'deadline')
  isStuck = false
  await invoke(world, stuck)
  assert.match([...(await world.outputs()).values()].join(''), /^polled 0$/m)
})
