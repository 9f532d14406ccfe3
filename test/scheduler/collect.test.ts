import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nextToken, type Token } from '../../src/checkpoint/attempt.ts'
import { attemptOf, planKey, stagedKey } from '../../src/checkpoint/names.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FAULTS, FaultyIO } from '../../src/testing/faulty-io.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { assertRetained, collecting, headOf, keysOf, runBatches, signal, worldWith } from './collecting.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const app = collecting()
const BATCHES = 9

async function undisturbed(batches: number): Promise<Map<string, string>> {
  const world = new World()
  await world.feed(batches)
  await drain(world, [world.process(undefined, app)])
  return world.outputs()
}

test('what nothing retained names is deleted; what is retained can be run again, and the application goes on', async () => {
  const world = await worldWith(app, BATCHES)
  const before = await keysOf(world, '/t')
  const outputs = await world.outputs()
  const report = await collect(world.process(undefined, app), { signal })
  const after = await keysOf(world, '/t')
  assert.equal(report.deleted, before.length - after.length)
  assert.equal(report.kept, after.length)
  assert.ok(report.deleted > before.length / 3, `${report.deleted} of ${before.length}`)
  assert.deepEqual(await world.outputs(), outputs, 'final names are nobody’s garbage')
  await assertRetained(world, app, 3)
  await drain(world, [world.process(undefined, app)])
  assert.deepEqual(await world.outputs(), await undisturbed(BATCHES + 3))
})

test('what a killed attempt was writing to a disk goes, too, though no listing shows it', async (t) => {
  const directory = tempDirectory(t)
  const world = await worldWith(app, BATCHES, new World({ checkpoint: new FileObjectStore(directory) }))
  const abandoned = join(directory, 'collecting/i000001/t000000000002/b000000000000002000-02/output/large')
  mkdirSync(abandoned, { recursive: true })
  writeFileSync(join(abandoned, '.~sluice-0badc0de-1-0123456789ab-0'), 'half of a part')
  await collect(world.process(undefined, app), { signal })
  assert.equal(existsSync(abandoned), false)
  await assertRetained(world, app, 3)
})

test('what is said to be the most that is kept counts more than how many are kept by default', async () => {
  const few = collecting({ most: 3 })
  const world = await worldWith(few, BATCHES)
  await collect(world.process(undefined, few), { signal })
  const times = (await committedOf(world)).map(({ attempt }) => attempt.batchTime)
  assert.ok(times.length <= 4, `the three and the one before them: ${times}`)
  await assertRetained(world, few, 2)
})

test('objects of attempts that died go with the first collection, however young', async () => {
  const world = await worldWith(app, 2)
  const committed = new Set<number>()
  for (const { attempt } of await committedOf(world)) committed.add(attempt.token)
  const dead = (await keysOf(world, '/output/')).filter((key) => !committed.has(attemptOf(key)?.token ?? 0))
  assert.ok(dead.length > 0, 'an attempt has left staged output behind')
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(
    (await keysOf(world)).filter((key) => dead.includes(key)),
    [],
  )
})

async function committedOf(world: World) {
  const { manifests } = await import('../../src/scheduler/history.ts')
  const all = []
  for await (const manifest of manifests(world.checkpoint, await headOf(world))) all.push(manifest)
  return all
}

test('boundary-first: the boundary is in the head before the first deletion', async () => {
  const world = await worldWith(app, BATCHES)
  const { boundary } = await headOf(world)
  const io = new FaultyIO((_, name) => (name === 'store.delete' ? 'crash-before' : undefined))
  const before = await keysOf(world)
  await assert.rejects(collect(world.process(io, app), { signal }))
  assert.ok((await headOf(world)).boundary > boundary)
  assert.deepEqual(await keysOf(world), before)
  await assertRetained(world, app, 3)
})

test('gc-spares-current-token: what an attempt under way has staged is not garbage', async () => {
  const world = await worldWith(app, BATCHES)
  const { token, committed } = await headOf(world)
  const successor = { ...(committed?.attempt ?? assert.fail()), token: nextToken(nextToken(token)) }
  const staged = stagedKey('collecting', successor, 'large', 'part-00000')
  const io = new FaultyIO(
    () => undefined,
    async () => void (await world.checkpoint.put(staged, new Uint8Array(1))),
  )
  await collect(world.process(io, app), { signal })
  assert.deepEqual(await keysOf(world, staged), [staged])
})

test('gc-relists: what a delayed put brings below the boundary goes with the next collection', async () => {
  const world = await worldWith(app, BATCHES)
  await collect(world.process(undefined, app), { signal })
  const late = planKey('collecting', { incarnation: 1, batchTime: 1000, token: 1 as Token, number: 9 })
  await world.checkpoint.put(late, new Uint8Array(1))
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(await keysOf(world, late), [])
})

test('gc-spares-unpublished: a batch that is committed and not visible yet becomes visible after a collection', async () => {
  const world = new World()
  await world.feed(1)
  let swaps = 0
  const io = new FaultyIO((_, name) => {
    if (name === 'head.swap') swaps++
    return swaps > 0 && name === 'store.copy' ? 'crash-before' : undefined
  })
  await assert.rejects(runInvocation(world.process(io, app), UNTIL_IDLE))
  assert.equal((await headOf(world)).committed?.published, false)
  await collect(world.process(undefined, app), { signal })
  await drain(world, [world.process(undefined, app)])
  assert.deepEqual(await world.outputs(), await undisturbed(1))
})

test('history and state stay bounded, however many batches have run, and a cold process restores all of them', async () => {
  const world = new World()
  await world.feed(120)
  const sizes: number[] = []
  for (let round = 0; round < 4; round++) {
    await runBatches(world, app, 30)
    await collect(world.process(undefined, app), { signal })
    sizes.push((await keysOf(world)).length)
  }
  assert.ok((sizes[3] ?? 0) < (sizes[1] ?? 0) + 20, String(sizes))
  await assertRetained(world, app, 3)
  assert.deepEqual(await world.outputs(), await undisturbed(120))
})

test('wherever in the history the boundary comes to lie, all that is not below it can be read', async () => {
  const world = new World()
  await world.feed(40)
  for (let batch = 1; batch <= 40; batch++) {
    await runBatches(world, app, 1)
    await collect(world.process(undefined, app), { signal })
    const times = (await committedOf(world)).map(({ attempt }) => attempt.batchTime)
    assert.equal(times.length, Math.min(batch, 4), `after ${batch} batches: ${times}`)
  }
  assert.ok((await headOf(world)).history.segment !== undefined, 'some of it was in segments')
})

for (const fault of FAULTS) {
  test(`${fault} at any call of a collection: the next one collects the same, and nothing needed is gone`, async () => {
    const calm = await worldWith(app, BATCHES)
    const io = new FaultyIO(() => undefined)
    await collect(calm.process(io, app), { signal })
    const left = (await keysOf(calm)).length
    for (let at = 0; at < io.calls.length; at++) {
      const world = await worldWith(app, BATCHES)
      const faulty = new FaultyIO((call) => (call === at ? fault : undefined))
      await collect(world.process(faulty, app), { signal }).catch(() => {})
      await assertRetained(world, app, 3)
      await collect(world.process(undefined, app), { signal })
      assert.equal((await keysOf(world)).filter((key) => !key.includes('/shadow/')).length, left, `${fault} at ${at}`)
    }
  })
}

test('a collector that is overtaken at any call, by batches and another collection, deletes nothing that they need', async () => {
  const io = new FaultyIO(() => undefined)
  await collect((await worldWith(app, BATCHES)).process(io, app), { signal })
  for (let at = 0; at < io.calls.length; at++) {
    const world = await worldWith(app, BATCHES)
    let call = 0
    const overtaking = async () => {
      if (call++ !== at) return
      await runBatches(world, app, 2)
      await collect(world.process(undefined, app), { signal })
    }
    await collect(world.process(new FaultyIO(() => undefined, overtaking), app), { signal }).catch(() => {})
    await assertRetained(world, app, 3)
    await drain(world, [world.process(undefined, app)])
    assert.deepEqual(await world.outputs(), await undisturbed(BATCHES + 3), `at call ${at}, ${io.calls[at]}`)
  }
})

test('an invocation collects when enough batch time has gone by, and says so in the head', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(4) })
  const world = new World()
  await world.feed(9)
  const collections: (number | undefined)[] = []
  for (let batch = 0; batch < 9; batch++) {
    await runBatches(world, regular, 1)
    collections.push((await headOf(world)).collected)
  }
  assert.deepEqual(collections, [undefined, undefined, undefined, 4000, 4000, 4000, 4000, 8000, 8000])
  assert.ok((await headOf(world)).boundary > 1)
})

test('an invocation without time leaves collection to another; one whose collection fails goes on, and waits as long again', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(1) })
  const world = new World()
  await world.feed(3)
  world.clock.stands = true
  const hurried = { ...UNTIL_IDLE, maxBatches: 1, deadlineMs: world.clock.now() + 3_000 }
  await runInvocation(world.process(undefined, regular), hurried)
  assert.equal((await headOf(world)).collected, undefined)
  const denied = new FaultyIO((_, name) => (name === 'store.delete' ? 'dropped' : undefined))
  const outcome = await runInvocation(world.process(denied, regular), { ...UNTIL_IDLE, maxBatches: 1 })
  assert.equal(outcome.kind, 'committed')
  assert.equal((await headOf(world)).collected, 2000)
})

test('an invocation that was never told that it has the lease puts no collection off: the head is another’s', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(1) })
  const world = new World()
  await world.feed(1)
  world.clock.stands = true
  await runInvocation(world.process(undefined, regular), { ...UNTIL_IDLE, deadlineMs: world.clock.now() + 3_000 })
  world.clock.stands = false
  const before = await headOf(world)
  const stop = new AbortController()
  const unanswered = new FaultyIO((_, name) => {
    if (name !== 'head.swap' || stop.signal.aborted) return undefined
    stop.abort()
    return 'dropped'
  })
  const onlyCollecting = { ...UNTIL_IDLE, maxBatches: 0, signal: stop.signal }
  await runInvocation(world.process(unanswered, regular), onlyCollecting)
  assert.ok(stop.signal.aborted, 'it has asked for the lease')
  assert.deepEqual(await headOf(world), before)
})

test('what becomes due while an invocation collects is run by it: the tick for it has found the lease held', async () => {
  const regular = collecting({ batches: 1, age: milliseconds(1), every: seconds(4) })
  const world = new World()
  await world.feed(9)
  await runBatches(world, regular, 3)
  world.clock.advance(4_000)
  const slow = new FaultyIO((_, name) => {
    if (name === 'store.delete' && world.clock.now() < 5_000) world.clock.advance(1_000)
    return undefined
  })
  const ticked = { ...UNTIL_IDLE, due: 'clock', waitUntilMs: 0 } as const
  const { reports } = await runInvocation(world.process(slow, regular), ticked)
  assert.deepEqual(
    reports.map(({ batchTime }) => batchTime),
    [4000, 5000],
  )
})

test('an application that never catches up collects between two batches, once it is late by as much again', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(2) })
  const world = new World()
  await world.feed(9)
  const deleting: number[] = []
  const committed: number[] = []
  const watched = new FaultyIO((_, name) => {
    if (name === 'store.delete') deleting.push(committed.at(-1) ?? 0)
    return undefined
  })
  const process = world.process(watched, regular, [
    { batchCommitted: ({ batchTime }) => void committed.push(batchTime) },
  ])
  world.clock.stands = true
  const hurried = { ...UNTIL_IDLE, maxBatches: 1, deadlineMs: world.clock.now() + 3_000 }
  for (let batch = 0; batch < 3; batch++) await runInvocation(process, hurried)
  await runInvocation(process, { ...UNTIL_IDLE, maxBatches: 3 })
  assert.deepEqual([...new Set(deleting)], [4000, 6000], 'and again when the batches that it may run are done')
  assert.equal((await headOf(world)).collected, 6000)
})

test('collection-takes-a-token: one lease under which batch follows batch keeps no more of them than many leases do', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(5) })
  const world = new World()
  await world.feed(64)
  const { reports } = await runInvocation(world.process(undefined, regular), UNTIL_IDLE)
  assert.equal(reports.length, 64)
  const times = (await committedOf(world)).map(({ attempt }) => attempt.batchTime)
  // Collected every ten batches, as this never catches up: kept are two, the one before them, what shares its token, and those since.
  assert.ok(times.length <= 3 + 2 * 9, `${times.length} batches are kept: ${times}`)
  await assertRetained(world, regular, 2)
})

test('an application that asks for a collection after each batch gets one, and its invocations end', async () => {
  const regular = collecting({ batches: 1, most: 1, age: milliseconds(1), every: milliseconds(0) })
  const world = new World()
  await world.feed(5)
  const { reports } = await runInvocation(world.process(undefined, regular), UNTIL_IDLE)
  assert.equal(reports.length, 5)
  assert.equal((await headOf(world)).token, 6, 'the lease, and each collection')
})

test('an invocation that takes a new token in order to collect goes on as one that has not died', async () => {
  const regular = collecting({ batches: 2, age: milliseconds(1), every: seconds(2) })
  const world = new World()
  await world.feed(9)
  const io = new FaultyIO(() => undefined)
  await runInvocation(world.process(io, regular), { ...UNTIL_IDLE, maxBatches: 9 })
  const swaps = io.calls.filter((name) => name === 'head.swap').length
  const calm = new FaultyIO(() => undefined)
  const other = new World()
  await other.feed(9)
  await runInvocation(other.process(calm, collecting()), { ...UNTIL_IDLE, maxBatches: 9 })
  const collections = ((await headOf(world)).token as number) - 1
  assert.ok(collections >= 2, `${collections} collections`)
  assert.equal(
    swaps - calm.calls.filter((name) => name === 'head.swap').length,
    3 * collections,
    'no plan of theirs went ahead',
  )
})
