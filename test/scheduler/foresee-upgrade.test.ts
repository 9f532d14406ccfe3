import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

function counting(partitions: number): Application {
  return defineApp({ name: 'foreseen', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .updateStateByKey<number>((ones, n = 0) => ones.length + n, partitions)
      .uid('counts')
      .saveAsTextFiles('memory://out/counts')
  })
}

/** A world whose state lies in an object of its own. */
async function ran(): Promise<World> {
  const world = new World()
  const words = Array.from({ length: 2_000 }, (_, i) => `w${i}`).join(' ')
  await world.place('memory://in').put('a.txt', new TextEncoder().encode(words))
  await drain(world, [world.process(undefined, counting(2))])
  return world
}

function countingReads(register: HeadRegister) {
  const counted = {
    reads: 0,
    url: register.url,
    read: (id: string) => {
      counted.reads++
      return register.read(id)
    },
    swap: (version: number, next: Parameters<HeadRegister['swap']>[1]) => register.swap(version, next),
  }
  return counted
}

/** A checkpoint whose objects are gone by the time somebody reads them. */
function withoutObjects(store: ObjectStore, meanwhile: () => Promise<unknown>): ObjectStore {
  const get = async (): Promise<undefined> => void (await meanwhile())
  return new Proxy(store, { get: (target, name) => (name === 'get' ? get : Reflect.get(target, name)) })
}

test('that a place does not answer says nothing of an upgrade, and is no forecast', async () => {
  const world = await ran()
  const faulty = new FaultyIO((_, name) => (name === 'store.get' ? 'dropped' : undefined))
  await assert.rejects(foreseeUpgrade(world.process(faulty, counting(3))), { kind: 'retryable' })
  assert.equal((await foreseeUpgrade(world.process(undefined, counting(3)))).fits, true)
})

test('what is gone while an upgrade is foreseen is looked for where the application is by then', async () => {
  const world = await ran()
  await world.feed(4)
  const goOn = () => runInvocation(world.process(undefined, counting(2)), { ...UNTIL_IDLE, maxBatches: 1 })
  const runtime = world.process(undefined, counting(3))
  const [moving, still] = [countingReads(world.register), countingReads(world.register)]
  const checkpoint = withoutObjects(world.checkpoint, goOn)
  await assert.rejects(foreseeUpgrade({ ...runtime, checkpoint, register: moving }), { code: 'object-missing' })
  assert.equal(moving.reads, 5, 'three looks, and what had become of the head after the first two')
  const lost = withoutObjects(world.checkpoint, async () => {})
  await assert.rejects(foreseeUpgrade({ ...runtime, checkpoint: lost, register: still }), { code: 'object-missing' })
  assert.equal(still.reads, 2, 'where nobody goes on, one look')
})
