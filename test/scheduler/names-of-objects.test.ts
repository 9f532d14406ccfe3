import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

/*
 * Records and what users say of an upgrade are looked up by uid, and every object inherits something under these names.
 */

const { signal } = new AbortController()

interface Version {
  readonly inputs: readonly string[]
  readonly counts?: string
  readonly upgrade?: UpgradeOptions
  readonly fails?: boolean
  readonly queue?: string
}

/** Counts the lines of each stream over all batches; whoever fails has made a plan before. */
function counting({ inputs, counts, upgrade, queue, fails = false }: Version): Application {
  return defineApp({ name: 'named', batchInterval: seconds(1), upgrade }, (ssc) => {
    if (queue !== undefined)
      ssc
        .queueStream([['a'], ['b']])
        .uid(queue)
        .saveAsTextFiles('memory://out/queue')
    for (const [place, uid] of inputs.entries()) {
      const options = { newFilesOnly: false, maxFilesPerBatch: 1, onBadRecord: { deadLetter: {} } } as const
      const lines = ssc.textFileStream('memory://in', options).uid(uid)
      const seen = lines.map((line) => [good(line), 1]).updateStateByKey<number>((ones, n = 0) => n + ones.length, 1)
      if (counts !== undefined) seen.uid(`${counts}${place === 0 ? '' : place}`)
      seen.saveAsTextFiles(`memory://out/${place}`)
      if (fails) lines.foreachRDD(() => Promise.reject(new RangeError('not today')))
    }
  })
}

function good(line: string): string {
  if (line.endsWith('c1')) throw new RangeError('bad record')
  return 'line'
}

async function worldOf(version: Version, files = 4): Promise<World> {
  const world = new World()
  await world.feed(files, 1)
  await batchesOf(world, version, 3)
  return world
}

function batchesOf(world: World, version: Version, maxBatches: number) {
  return runInvocation(world.process(undefined, counting(version)), { ...UNTIL_IDLE, maxBatches })
}

async function outputsOf(world: World, place: number | string = 0): Promise<string[]> {
  return [...(await world.outputs())].flatMap(([key, text]) =>
    key.startsWith(`${place}-`) && text !== '' ? [text.trim()] : [],
  )
}

for (const uid of ['constructor', 'toString', 'hasOwnProperty']) {
  test(`a stream may be called ${uid}: it begins, is restored, looked at, replayed and audited like any other`, async () => {
    const world = await worldOf({ inputs: [uid], counts: 'counts' })
    assert.deepEqual(await outputsOf(world), ['(line,1)', '(line,1)', '(line,2)'])
    const runtime = () => world.process(undefined, counting({ inputs: [uid], counts: 'counts' }))
    const { inputs = [] } = await inspectBatch(runtime(), { batchTime: 1000 })
    assert.deepEqual(
      inputs.map(({ stream, records, position }) => [stream, records, position]),
      [[uid, 1, undefined]],
    )
    assert.ok((await replayBatch(runtime(), 3000, { signal })).equal)
    assert.ok((await verifyCheckpoint(runtime(), { signal })).sound)
  })

  test(`a stream called ${uid} that comes later begins with nothing that a batch before it had`, async () => {
    const world = await worldOf({ inputs: ['lines'], counts: 'counts' })
    await drain(world, [world.process(undefined, counting({ inputs: ['lines'], counts: 'counts', queue: uid }))])
    assert.deepEqual(await outputsOf(world, 'queue'), ['a', 'b'])
  })

  test(`a batch that was planned before there was a stream called ${uid} runs with nothing of it`, async () => {
    const world = await worldOf({ inputs: ['lines'], counts: 'counts' })
    const failing = { inputs: ['lines'], counts: 'counts', fails: true }
    await assert.rejects(batchesOf(world, failing, 1), { code: 'batch-failed' })
    await drain(world, [world.process(undefined, counting({ inputs: ['lines', uid], counts: 'counts' }))])
    assert.equal((await outputsOf(world, 1)).at(-1), '(line,3)')
  })

  test(`a stream called ${uid} that is gone is refused, unless it is dropped`, async () => {
    const world = await worldOf({ inputs: [uid], counts: 'counts' })
    const without = { inputs: ['lines'], counts: 'counts' }
    await assert.rejects(batchesOf(world, without, 1), {
      code: 'graph-changed',
      message: new RegExp(`'${uid}' \\(file`),
    })
    const forecast = await foreseeUpgrade(world.process(undefined, counting({ ...without, upgrade: { drop: [uid] } })))
    assert.ok(forecast.fits)
    await batchesOf(world, { ...without, upgrade: { drop: [uid] } }, 1)
    assert.equal((await outputsOf(world)).at(-1), '(line,3)')
  })

  test(`state of an operator called ${uid} is restored, moved and renamed like any other`, async () => {
    const world = await worldOf({ inputs: ['lines'], counts: uid })
    const renamed = { inputs: ['lines'], counts: 'counts', upgrade: { rename: { [uid]: 'counts' } } }
    await batchesOf(world, renamed, 1)
    assert.equal((await outputsOf(world)).at(-1), '(line,3)')
    const back = { inputs: ['lines'], counts: uid, upgrade: { rename: { counts: uid } } }
    await world.place('memory://in').put('g.txt', new TextEncoder().encode('more\n'))
    await batchesOf(world, back, 1)
    assert.equal((await outputsOf(world)).at(-1), '(line,4)')
  })
}
