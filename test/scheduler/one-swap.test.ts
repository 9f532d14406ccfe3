import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { InvocationOptions } from '../../src/scheduler/invocation.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

/** What one swap made of the head, in the words of the protocol. */
function act(before: Head | undefined, after: Head): string {
  const acts = [
    after.token !== before?.token ? 'lease' : '',
    after.planned !== undefined && before?.planned === undefined ? 'plan' : '',
    after.planned?.failure?.count !== before?.planned?.failure?.count && after.planned !== undefined ? 'fail' : '',
    after.committed?.attempt.batchTime !== before?.committed?.attempt.batchTime ? 'commit' : '',
    before?.committed?.published === false && after.committed?.published === true ? 'mark' : '',
    before?.lease !== undefined && after.lease === undefined ? 'release' : '',
  ]
  return acts.filter((word) => word !== '').join('+')
}

/** The swaps of one process, as they are made. */
function watched(runtime: Runtime): { readonly runtime: Runtime; readonly acts: string[] } {
  const acts: string[] = []
  const { register } = runtime
  return {
    acts,
    runtime: {
      ...runtime,
      register: {
        url: register.url,
        read: (app) => register.read(app),
        async swap(expected, next) {
          const before = await register.read(next.app)
          const answer = await register.swap(expected, next)
          if (answer.kind === 'ok') acts.push(act(before, next))
          return answer
        },
      },
    },
  }
}

function app(build: Parameters<typeof defineApp>[1]): Application {
  return defineApp({ name: 'counting', batchInterval: seconds(1) }, build)
}

const ONE: InvocationOptions = { ...UNTIL_IDLE, maxBatches: 1 }
const calm = () => new FaultyIO(() => undefined)

test('a warm batch is two swaps: the lease, and the commit that plans, marks and releases as it goes', async () => {
  const world = new World()
  await world.feed(3)
  const { runtime, acts } = watched(world.process())
  for (let batch = 1; batch <= 3; batch++) await runInvocation(runtime, ONE)
  assert.deepEqual(acts.slice(-6), ['lease', 'commit', 'mark+release', 'lease', 'commit', 'mark+release'])
})

test('with foreachRDD, the lease and the plan are one swap, made before the function runs', async () => {
  const world = new World()
  await world.feed(2)
  const seen: (number | undefined)[] = []
  const effects = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines.foreachRDD(async () => {
      seen.push((await world.register.read('counting'))?.planned?.batchTime)
    })
  })
  const { runtime, acts } = watched(world.process(calm(), effects))
  for (let batch = 1; batch <= 2; batch++) await runInvocation(runtime, ONE)
  assert.deepEqual(seen, [1000, 2000])
  assert.deepEqual(acts.slice(-2), ['lease+plan', 'commit+release'])
})

test('where a stream begins is in the head before its first batch runs: what comes after a death there is not passed over', async () => {
  const world = new World()
  await world.feed(1)
  const lines = (name: string) => world.place('memory://fresh').put(name, new TextEncoder().encode(`${name}\n`))
  const twoStreams = app((ssc) => {
    const old = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    old.union(ssc.textFileStream('memory://fresh')).saveAsTextFiles('memory://out/lines')
  })
  await lines('before')
  const dies = new FaultyIO((_, name) => (name === 'store.get' ? 'crash-before' : undefined))
  await assert.rejects(runInvocation(world.process(dies, twoStreams), UNTIL_IDLE))
  await lines('after')
  await drain(world, [world.process(calm(), twoStreams)])
  const written = [...(await world.outputs()).values()].join('')
  assert.deepEqual([written.includes('before'), written.includes('after')], [false, true])
})

test('after a death, the plan goes ahead: each attempt reads the same, however much arrives meanwhile', async () => {
  const world = new World()
  await world.feed(1)
  const unbounded = app((ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false }).saveAsTextFiles('memory://out/lines')
  })
  await runInvocation(world.process(calm(), unbounded), ONE)
  const plans: unknown[] = []
  for (let death = 0; death < 3; death++) {
    await world.feed(2 + death)
    const dies = new FaultyIO((_, name) => (name === 'store.get' ? 'crash-before' : undefined))
    await assert.rejects(runInvocation(world.process(dies, unbounded), UNTIL_IDLE))
    plans.push((await world.register.read('counting'))?.planned?.plan)
  }
  assert.equal(plans[0], undefined, 'the first attempt goes without')
  assert.notEqual(plans[1], undefined)
  assert.deepEqual(plans[2], plans[1])
  const { runtime, acts } = watched(world.process(calm(), unbounded))
  await runInvocation(runtime, UNTIL_IDLE)
  assert.equal(acts[0], 'lease')
})

test('a batch that fails without a plan in the head leaves it there with the failure, in one swap', async () => {
  const world = new World()
  await world.feed(2)
  const failing = app((ssc) => {
    ssc
      .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
      .map((line) => {
        if (line.includes('c1')) throw new RangeError('no c1 please')
        return line
      })
      .saveAsTextFiles('memory://out/lines')
  })
  await runInvocation(world.process(calm(), failing), ONE)
  const { runtime, acts } = watched(world.process(calm(), failing))
  await assert.rejects(runInvocation(runtime, UNTIL_IDLE), /Batch 2000 ms failed and keeps its plan/)
  assert.deepEqual(acts, ['lease', 'plan+fail', 'release'])
})

test('a commit whose publish failed is not planned again', async () => {
  const world = new World()
  await world.feed(2)
  await runInvocation(world.process(), ONE)
  const io = new FaultyIO((_, name) => (name === 'store.put' ? 'dropped' : undefined))
  await assert.rejects(runInvocation(world.process(io), UNTIL_IDLE), /Batch 2000 ms is committed, but could not be/)
  const head = await world.register.read('counting')
  assert.deepEqual([head?.planned, head?.committed?.attempt.batchTime], [undefined, 2000])
})

test('a plan too large for the head is written only under a token that its invocation has', async () => {
  const world = new World()
  await world.feed(200, 1)
  const effects = app((ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false }).foreachRDD(() => {})
  })
  const owners = new Map<string, number | undefined>()
  const runtime = world.process(calm(), effects)
  const put = runtime.checkpoint.put.bind(runtime.checkpoint)
  const checkpoint = new Proxy(runtime.checkpoint, {
    get: (target, property) => {
      if (property !== 'put') return Reflect.get(target, property, target)
      return async (key: string, body: Uint8Array) => {
        owners.set(key, (await world.register.read('counting'))?.token)
        return put(key, body)
      }
    },
  })
  await runInvocation({ ...runtime, checkpoint }, ONE)
  const [key, token] = [...owners].find(([name]) => name.endsWith('/plan')) ?? []
  assert.ok(key !== undefined, [...owners.keys()].join())
  assert.ok(key.includes(`/t${String(token).padStart(12, '0')}/`), `${key} under token ${token}`)
})
