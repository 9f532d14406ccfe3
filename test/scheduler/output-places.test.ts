import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { ObjectInfo } from '../../src/ports/object-store.ts'
import type { Sink } from '../../src/ports/sink.ts'
import type { Source } from '../../src/ports/source.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

const lines = defineApp({ name: 'lines', batchInterval: seconds(1) }, (ssc) => {
  const all = ssc.textFileStream('memory://in', { newFilesOnly: false })
  all.saveAsTextFiles('memory://out/lines')
  all.window(seconds(2), seconds(2)).saveAsTextFiles('memory://out/pairs')
})

const ONE_TICK = {
  deadlineMs: Number.POSITIVE_INFINITY,
  marginMs: 0,
  due: 'clock',
  zeroTime: 0,
  maxBatches: 1,
} as const

interface Looks {
  /** What happened, in order. */
  readonly events: string[]
  /** What a look at an output's place comes to. */
  look(output: string, sink: Sink, batchTime: number): Promise<readonly ObjectInfo[]>
}

/** A process whose cuts take their time, and whose looks are noted. */
function watched(world: World, { events, look }: Looks): Runtime {
  const runtime = world.process(undefined, lines)
  return {
    ...runtime,
    openSource(descriptor, uid, surroundings) {
      const source = runtime.openSource(descriptor, uid, surroundings)
      return withMethods<Source>(source, {
        async plan(request) {
          for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
          events.push('cut')
          return source.plan(request)
        },
      })
    },
    openSink(descriptor, output) {
      const sink = runtime.openSink(descriptor, output)
      return withMethods<Sink>(sink, { existing: (batchTime) => look(output, sink, batchTime) })
    },
  }
}

function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own = Reflect.get(methods, name)
      const member = own ?? Reflect.get(target, name, target)
      return own === undefined && typeof member === 'function' ? member.bind(target) : member
    },
  })
}

test('the places of a batch are looked at beside the cutting of its plan, each once, and only where an output is due', async () => {
  const world = new World()
  await world.feed(1)
  const events: string[] = []
  const look: Looks['look'] = async (output, sink, batchTime) => {
    events.push(`${output} ${batchTime}`)
    return (await sink.existing?.(batchTime)) ?? []
  }
  const runtime = watched(world, { events, look })
  for (let batch = 0; batch < 2; batch++) {
    world.clock.advance(1_000)
    await runInvocation(runtime, ONE_TICK)
  }
  const [first, second] = runtime.graph.outputs.map(({ name }) => name)
  assert.deepEqual(events, [`${first} 1000`, 'cut', `${first} 2000`, `${second} 2000`, 'cut'])
})

test('a place that cannot be looked at fails its batch, whose plan is kept', async () => {
  const world = new World()
  await world.feed(1)
  const events: string[] = []
  const runtime = watched(world, { events, look: () => Promise.reject(new Error('no such bucket')) })
  world.clock.advance(1_000)
  await assert.rejects(runInvocation(runtime, ONE_TICK), { code: 'batch-failed', message: /no such bucket/ })
  const { planned } = (await world.register.read('lines')) ?? {}
  assert.deepEqual([planned?.batchTime, planned?.failure?.message], [1000, 'no such bucket'])
})

test('a place that was free when a batch was tried, and is not any more, refuses the next try', async () => {
  const world = new World()
  await world.feed(1)
  let fails = true
  const look: Looks['look'] = async (_, sink, batchTime) => {
    if (fails) throw new Error('try again')
    return (await sink.existing?.(batchTime)) ?? []
  }
  const runtime = watched(world, { events: [], look })
  world.clock.advance(1_000)
  await assert.rejects(runInvocation(runtime, ONE_TICK), { code: 'batch-failed' })
  fails = false
  await world.place('memory://out/lines-1000').put('part-00000', new TextEncoder().encode('of somebody else'))
  world.clock.advance(1_000_000)
  await assert.rejects(runInvocation(runtime, ONE_TICK), { message: /holds files that another run has written/ })
})

test('a batch that would publish two outputs in one place commits neither, whatever their sinks say of their places', async () => {
  const world = new World()
  await world.feed(1)
  const app = defineApp({ name: 'placed', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false })
    lines.saveAsTextFiles('memory://out/one')
    lines.map((line) => line.toUpperCase()).saveAsTextFiles('memory://out/two')
  })
  const runtime = world.process(undefined, app)
  const sameForAll: Runtime = {
    ...runtime,
    openSink: (descriptor, output) => ({
      stage: async (job) => {
        const staged = await runtime.openSink(descriptor, output).stage(job)
        return staged && { ...staged, destination: 'memory://out/both' }
      },
      publish: async () => assert.fail('nothing is committed'),
    }),
  }
  await assert.rejects(runInvocation(sameForAll, UNTIL_IDLE), {
    code: 'batch-failed',
    message: /Two outputs write to one place.*saveAsTextFiles and saveAsTextFiles-2 \(memory:\/\/out\/both\)/,
  })
  assert.deepEqual([...(await world.outputs()).keys()], [])
})
