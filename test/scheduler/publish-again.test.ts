import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../../src/scheduler/collect.ts'
import type { BatchRange } from '../../src/scheduler/past-batch.ts'
import { type PublishReport, publishAgain } from '../../src/scheduler/publish-again.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { collecting, headOf, keysOf, readBefore, runBatches, signal, worldWith } from './collecting.ts'
import type { World } from './world.ts'

/** Outputs that travel in manifests, and one that lies in objects. */
const app = collecting()

async function published(world: World, range: BatchRange, io?: FaultyIO): Promise<PublishReport[]> {
  const reports: PublishReport[] = []
  for await (const report of publishAgain(world.process(io, app), { ...range, signal })) reports.push(report)
  return reports
}

/** Takes away `_SUCCESS`, the files beside it, or both. */
async function remove(world: World, directory: string, ...what: readonly ('_SUCCESS' | 'parts')[]): Promise<void> {
  const names = [...(await world.outputs()).keys()].flatMap((key) => key.split(`${directory}/`).slice(1))
  const gone = names.filter((name) => what.includes(name === '_SUCCESS' ? '_SUCCESS' : 'parts'))
  assert.ok(gone.length > 0, directory)
  await world.place(`memory://out/${directory}`).delete(gone)
}

/** Which outputs were written, and how many files of each were wrong. */
const done = (reports: readonly PublishReport[]) =>
  reports.map(({ batchTime, whole, outputs }) => [
    batchTime,
    whole,
    ...outputs.filter(({ published }) => published).map(({ destination, found }) => `${destination} ${found?.length}`),
  ])

test('what is missing or was changed is written again from the committed bytes, under the same names; the rest is left alone', async () => {
  const world = await worldWith(app, 4)
  const [head, before] = [await world.register.read('collecting'), await world.outputs()]
  await remove(world, 'seen-2000', 'parts')
  await remove(world, 'large-2000', '_SUCCESS', 'parts')
  await remove(world, 'large-3000', '_SUCCESS')
  await world.place('memory://out/first-3000').put('part-00000', new TextEncoder().encode('7\n'))
  let puts = 0
  const counting = new FaultyIO((_, name) => {
    if (name === 'store.put' || name === 'store.copy') puts++
    return undefined
  })
  assert.deepEqual(done(await published(world, { from: 1000, until: 3000 }, counting)), [
    [1000, true],
    [2000, true, 'memory://out/seen-2000 1', 'memory://out/large-2000 2'],
    [3000, true, 'memory://out/first-3000 1', 'memory://out/large-3000 1'],
  ])
  assert.deepEqual([await world.register.read('collecting'), await world.outputs()], [head, before])
  assert.equal(puts, 4 * 2, 'a file and _SUCCESS for each of four outputs')
})

test('a file that nobody committed is told of and left, and the batch is not whole', async () => {
  const world = await worldWith(app, 2)
  await world.place('memory://out/seen-1000').put('part-00009', new TextEncoder().encode('mine'))
  const [report] = await published(world, { until: 1000 })
  assert.deepEqual(
    [report?.whole, report?.outputs.map(({ published, left }) => [published, left.map(({ code }) => code)])],
    [
      false,
      [
        [false, ['output-foreign']],
        [false, []],
        [false, []],
      ],
    ],
  )
})

test('a batch whose staged bytes are gone is refused before anything of it is written', async () => {
  const world = await worldWith(app, 2)
  await remove(world, 'seen-1000', '_SUCCESS', 'parts')
  await remove(world, 'large-1000', 'parts')
  await world.checkpoint.delete((await keysOf(world, 'b000000000000001000')).filter((key) => key.includes('part-')))
  const damaged = await world.outputs()
  await assert.rejects(published(world, { until: 1000 }), { code: 'staged-collected', message: /batch 1000 ms/ })
  assert.deepEqual(await world.outputs(), damaged)
})

test('a batch that a collection gives up while it is looked for is no longer retained', async () => {
  const world = await worldWith(app, 9)
  const before = await headOf(world)
  await remove(world, 'large-2000', 'parts')
  await collect(world.process(undefined, app), { signal })
  const runtime = world.process(undefined, app)
  const register = readBefore(runtime.register, before)
  const again = publishAgain({ ...runtime, register }, { from: 2000, until: 2000, signal })
  await assert.rejects(again.next(), { code: 'batch-not-found' })
})

test('what is retained is published again, also from before a reset; what is collected is not, and the message says so', async () => {
  const world = await worldWith(app, 8)
  await collect(world.process(undefined, app), { signal })
  await resetApplication(world.process(undefined, app), { reason: 'anew', signal })
  await runBatches(world, app, 1)
  await remove(world, 'large-7000', 'parts')
  const before = done(await published(world, {}))
  assert.deepEqual(before.slice(-3), [
    [7000, true, 'memory://out/large-7000 1'],
    [8000, true],
    [9000, true],
  ])
  await assert.rejects(published(world, { until: 2000 }), { code: 'batch-not-found', message: /until 2000 ms/ })
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a publish that is done again leaves nothing that the next one does not put right`, async () => {
    const world = await worldWith(app, 2)
    const before = await world.outputs()
    const calm = new FaultyIO(() => undefined)
    const harm = async (): Promise<void> => {
      await remove(world, 'seen-1000', '_SUCCESS', 'parts')
      await remove(world, 'large-1000', 'parts')
    }
    await harm()
    await published(world, { until: 1000 }, calm)
    for (let at = 0; at < calm.calls.length; at++) {
      await harm()
      await published(world, { until: 1000 }, new FaultyIO((call) => (call === at ? fault : undefined))).catch(() => {})
      await published(world, { until: 1000 })
      assert.deepEqual(await world.outputs(), before, `call ${at}: ${calm.calls[at]}`)
    }
    assert.deepEqual(world.overwritten, [])
  })
}
