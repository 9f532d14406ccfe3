import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leased } from '../../src/checkpoint/transitions.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { MemoryHeadRegister } from '../../src/local/stores/memory-head-register.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

test('who is overtaken while its source fails records nothing in the head of the one that overtook it', async () => {
  const world = new World()
  await world.feed(2)
  let broken = false
  const filter = (): boolean => {
    if (broken) throw new Error('the source is broken')
    return true
  }
  const app = defineApp({ name: 'overtaken', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1, filter })
    lines.count().saveAsTextFiles('memory://out/lines')
  })
  // Warm, so that it begins on the head that it remembers.
  const process = { ...world.process(undefined, app), leaseAbandoned: () => false }
  await runInvocation(process, { ...UNTIL_IDLE, maxBatches: 1 })

  const head = await world.register.read('overtaken')
  assert.ok(head !== undefined)
  const theirs = leased(head, { owner: 'another', untilMs: world.clock.now() + 60_000, batchIntervalMs: 1_000 })
  await world.register.swap(head.version, theirs)
  broken = true
  const { waitUntilMs: _, ...options } = UNTIL_IDLE
  const { kind } = await runInvocation(process, options)
  assert.equal(kind, 'held')
  assert.deepEqual(await world.register.read('overtaken'), theirs)
})

test('a source that refuses what a warm process remembers has not failed: the head that there is now is read, and the run goes on', async () => {
  const world = new World()
  await world.feed(3)
  let failures = 0
  const filter = (): boolean => {
    if (failures-- > 0) throw new Error('positions of long ago')
    return true
  }
  const app = defineApp({ name: 'overtaken', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1, filter })
    lines.count().saveAsTextFiles('memory://out/lines')
  })
  const [warm, other] = [world.process(undefined, app), world.process(undefined, app)]
  await runInvocation(warm, { ...UNTIL_IDLE, maxBatches: 1 })
  await runInvocation(other, { ...UNTIL_IDLE, maxBatches: 1 })
  failures = 1
  const { kind, reports } = await runInvocation(warm, UNTIL_IDLE)
  assert.deepEqual([kind, reports.length], ['committed', 1])
})

test('who finds files where its batch is to be seen, and cannot learn that a successor has published it, does not blame them', async () => {
  const heads = new MemoryHeadRegister()
  const stopped = new AbortController()
  let successor: 'none' | 'comes' | 'is there' = 'none'
  const register: HeadRegister = {
    url: heads.url,
    async read(app) {
      if (successor !== 'is there') return heads.read(app)
      stopped.abort()
      throw new SluiceError({ code: 'no-answer', kind: 'retryable', message: 'the register does not answer' })
    },
    async swap(expected, next) {
      const swapped = await heads.swap(expected, next)
      if (successor === 'comes') {
        const untilMs = world.clock.now() + 60_000
        await heads.swap(next.version, leased(next, { owner: 'another', untilMs, batchIntervalMs: 1_000 }))
        successor = 'is there'
      }
      return swapped
    },
  }
  const world = new World({ register })
  await world.feed(2)
  const app = defineApp({ name: 'overtaken', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines.count().saveAsTextFiles('memory://out/lines')
  })
  await runInvocation(world.process(undefined, app), { ...UNTIL_IDLE, maxBatches: 1 })
  await world.place('memory://out/lines-2000').put('_SUCCESS', new Uint8Array())
  successor = 'comes'
  const run = runInvocation(world.process(undefined, app), { ...UNTIL_IDLE, signal: stopped.signal })
  await assert.rejects(run, { code: 'outcome-unknown', kind: 'retryable' })
})
