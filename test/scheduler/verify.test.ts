import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptPrefix } from '../../src/checkpoint/names.ts'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { createSavepoint } from '../../src/scheduler/savepoint.ts'
import { type VerifyReport, verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { collecting, headOf, keysOf, runBatches, signal, worldWith } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const app = collecting()

async function verified(world: World, request = {}): Promise<VerifyReport> {
  return verifyCheckpoint(world.process(undefined, app), { signal, ...request })
}

/** The codes of what is found of a severity. */
function codes({ findings }: VerifyReport, severity = 'damage'): string[] {
  return [...new Set(findings.filter((finding) => finding.severity === severity).map(({ code }) => code))].sort()
}

/** Enough batches for segments, snapshots and staged objects, and a savepoint. */
async function richWorld(): Promise<World> {
  const world = new World()
  await world.feed(20)
  await runBatches(world, app, 14)
  await createSavepoint(world.process(undefined, app), { name: 'kept', signal })
  await runBatches(world, app, 2)
  return world
}

async function flip(store: ObjectStore, key: string): Promise<void> {
  const bytes = Uint8Array.from((await (await store.get(key))?.bytes()) ?? assert.fail(`no ${key}`))
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await store.put(key, bytes)
}

test('what is whole is said to be sound: fresh, collected, reset, with savepoints, and with a batch under way', async () => {
  const world = await richWorld()
  const report = await verified(world)
  assert.deepEqual([report.sound, codes(report)], [true, []], JSON.stringify(report))
  assert.ok(report.batches === 16 && report.objects > 16 && report.outputs > 40, JSON.stringify(report))
  await collect(world.process(undefined, app), { signal })
  assert.ok((await verified(world)).sound)
  await resetApplication(world.process(undefined, app), { reason: 'test', startMs: 50_000, signal })
  await drain(world, [world.process(undefined, app)])
  assert.deepEqual(codes(await verified(world)), [])
})

test('what a reset leaves behind is sound, also where it begins at the time of the last batch', async () => {
  const world = new World()
  await world.feed(3)
  await runBatches(world, app, 1)
  const { committed } = await headOf(world)
  const last = committed?.attempt.batchTime ?? assert.fail('nothing is committed')
  await resetApplication(world.process(undefined, app), { reason: 'test', startMs: last, signal })
  assert.deepEqual(codes(await verified(world)), [])
  await runBatches(world, app, 1)
  assert.deepEqual(codes(await verified(world)), [])
})

test('an audit changes nothing', async () => {
  const world = await worldWith(app, 4)
  const [head, keys, outputs] = [await headOf(world), await keysOf(world), await world.outputs()]
  await verified(world)
  assert.deepEqual([await headOf(world), await keysOf(world), await world.outputs()], [head, keys, outputs])
})

test('each object of the checkpoint that is missing or changed is found, with the place and what to do', async () => {
  const world = await richWorld()
  const { objects } = await verified(world)
  assert.ok((await keysOf(world, '/history')).length > 0 && (await keysOf(world, '/savepoint')).length > 0)
  let found = 0
  for (const key of await keysOf(world, '/t')) {
    const bytes = await (await world.checkpoint.get(key))?.bytes()
    await flip(world.checkpoint, key)
    const damaged = await verified(world)
    const named = damaged.findings.filter(({ message }) => message.includes(key))
    if (!damaged.sound) {
      assert.ok(named.length > 0, `${key}: ${JSON.stringify(damaged.findings)}`)
      assert.match(named[0]?.message ?? '', /restore/)
      found++
    }
    await world.checkpoint.delete([key])
    assert.equal((await verified(world, { quick: true })).sound, damaged.sound, key)
    await world.checkpoint.put(key, bytes ?? assert.fail())
  }
  assert.equal(found, objects)
  assert.ok((await verified(world)).sound)
})

test('published files that are changed, gone, open or foreign are found, and repaired from what was committed', async () => {
  const world = await worldWith(app, 4)
  const before = await world.outputs()
  await flip(world.place('memory://out/large-1000'), 'part-00000')
  await world.place('memory://out/large-2000').delete(['part-00000'])
  await world.place('memory://out/seen-3000').delete(['_SUCCESS'])
  const report = await verified(world)
  assert.deepEqual([report.sound, codes(report)], [false, ['output-damaged', 'output-missing']])
  const repaired = await verified(world, { repair: true })
  assert.ok(repaired.sound, JSON.stringify(repaired))
  assert.equal(repaired.repaired.filter((done) => done.startsWith('published')).length, 3)
  assert.deepEqual(await world.outputs(), before)

  await world.place('memory://out/seen-3000').put('part-00099', new Uint8Array(1))
  assert.deepEqual(codes(await verified(world, { repair: true })), ['output-foreign'])
  assert.ok((await world.outputs()).has('seen-3000/part-00099'), 'no repair deletes a final file')
})

test('a _SUCCESS that is not empty is damage, which even a quick look sees, and a repair empties it', async () => {
  const world = await worldWith(app, 3)
  const place = world.place('memory://out/large-2000')
  await place.put('_SUCCESS', new TextEncoder().encode('{"format":"manifest"}'))
  const before = await world.outputs()
  const { sound, findings } = await verified(world, { quick: true })
  const damage = findings.filter(({ severity }) => severity === 'damage')
  assert.deepEqual([sound, damage.map(({ code }) => code)], [false, ['output-damaged']])
  assert.match(damage[0]?.message ?? '', /21 bytes instead of none.*: memory:\/\/out\/large-2000\/_SUCCESS$/)
  assert.deepEqual(await world.outputs(), before, 'an audit changes nothing')
  assert.ok((await verified(world, { repair: true })).sound)
  assert.equal((await world.outputs()).get('large-2000/_SUCCESS'), '')
})

test('a repair publishes what is committed and not visible yet, and collects by the rules of every collection', async () => {
  const world = await worldWith(app, 4)
  let swaps = 0
  const io = new FaultyIO((_, name) => {
    if (name === 'head.swap') swaps++
    return swaps > 1 && name === 'store.copy' ? 'crash-before' : undefined
  })
  await assert.rejects(runInvocation(world.process(io, app), { ...UNTIL_IDLE, maxBatches: 1 }))
  const report = await verified(world)
  assert.deepEqual([report.sound, codes(report, 'note')], [true, ['garbage', 'unpublished']])
  const repaired = await verified(world, { repair: true })
  assert.equal(repaired.repaired.length, 2, JSON.stringify(repaired))
  assert.deepEqual([repaired.sound, codes(repaired, 'note')], [true, []])
  assert.ok((await world.outputs()).has('large-5000/_SUCCESS'))
})

test('where staged output is damaged, too, nothing is published; where the checkpoint is damaged, nothing is collected', async () => {
  const world = await worldWith(app, 3)
  const staged = (await keysOf(world, 'b000000000000002000-01/output')).at(-1) ?? assert.fail('nothing staged')
  await flip(world.checkpoint, staged)
  await flip(world.place('memory://out/large-2000'), 'part-00000')
  const [outputs, keys] = [await world.outputs(), await keysOf(world)]
  const report = await verified(world, { repair: true })
  assert.deepEqual([codes(report), report.repaired], [['object-damaged', 'output-damaged'], []])
  assert.deepEqual([await world.outputs(), await keysOf(world)], [outputs, keys])
})

test('a head that is older than its checkpoint is told from garbage, and nothing is deleted', async () => {
  const world = await worldWith(app, 3)
  const head = await headOf(world)
  const later = { incarnation: 1, batchTime: 9000, token: (head.token + 5) as typeof head.token, number: 1 }
  await world.checkpoint.put(`${attemptPrefix('collecting', later)}/changelog`, new Uint8Array(1))
  const keys = await keysOf(world)
  const report = await verified(world, { repair: true })
  assert.deepEqual(codes(report), ['token-ahead'])
  assert.deepEqual(await keysOf(world), keys)
})

test('a failing batch is told with its reason; where nothing ever ran, that is said', async () => {
  const world = await worldWith(app, 2)
  const upgrade = { drop: buildGraph(app).stateful.map(({ id }) => id) }
  const failing = defineApp({ name: 'collecting', batchInterval: seconds(1), upgrade }, (ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false }).foreachRDD(() => {
      throw new RangeError('my own mistake')
    })
  })
  await assert.rejects(runInvocation(world.process(undefined, failing), UNTIL_IDLE))
  const [failed] = (await verified(world)).findings.filter(({ code }) => code === 'batch-failing')
  assert.match(failed?.message ?? '', /has failed once and blocks those after it.*sluice skip: .*my own mistake/)
  await assert.rejects(verified(new World()), { code: 'no-checkpoint' })
})

test('what verify reads of the history grows with the batches, not with their square', async () => {
  const many = defineApp({ name: 'many', batchInterval: seconds(1) }, (ssc) => {
    ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).foreachRDD(() => {})
  })
  const world = new World()
  await world.feed(400)
  await drain(world, [world.process(undefined, many)])
  const io = new FaultyIO(() => undefined)
  const { batches } = await verifyCheckpoint(world.process(io, many), { signal, quick: true })
  const segments = (await keysOf(world, '/history')).length
  const reads = io.calls.filter((name) => name === 'store.get').length
  assert.ok(segments > 10 && reads <= 5 * segments, `${reads} reads of ${segments} segments for ${batches} batches`)
})
