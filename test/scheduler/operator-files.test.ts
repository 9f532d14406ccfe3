import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { beginFromSavepoint } from '../../src/scheduler/begin-from.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { createSavepoint, deleteSavepoint } from '../../src/scheduler/savepoint.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { assertRetained, collecting, headOf, keysOf, signal, worldWith } from './collecting.ts'
import { World } from './world.ts'

const app = collecting()

interface Act {
  readonly name: string
  readonly act: (runtime: Runtime) => Promise<unknown>
  readonly done: (head: Head) => boolean
}

const reset = { reason: 'a test', keepPositions: true, startMs: 6_000, signal }
const ACTS: readonly Act[] = [
  { name: 'collection', act: (runtime) => collect(runtime, { signal }), done: ({ collected }) => collected === 6_000 },
  {
    name: 'savepoint',
    act: (runtime) => createSavepoint(runtime, { name: 'second', batchTime: 4_000, signal }),
    done: ({ pins }) => pins.some(({ name }) => name === 'second'),
  },
  {
    name: 'deletion of a savepoint',
    act: (runtime) => deleteSavepoint(runtime, { name: 'first', signal }),
    done: ({ pins }) => pins.length === 0,
  },
  { name: 'reset', act: (runtime) => resetApplication(runtime, reset), done: ({ incarnation }) => incarnation === 2 },
]

function worldIn(directory: string, like?: World): World {
  const world = new World({ register: new FileHeadRegister(directory), checkpoint: new FileObjectStore(directory) })
  for (const [url, place] of like?.places ?? []) world.places.set(url, place)
  return world
}

/** Six batches and a savepoint in files, and what makes copies of them. */
async function savedFiles(root: string): Promise<(name: string) => World> {
  const original = await worldWith(app, 6, worldIn(join(root, 'original')))
  await createSavepoint(original.process(undefined, app), { name: 'first', signal })
  return (name) => {
    cpSync(join(root, 'original'), join(root, name), { recursive: true })
    return worldIn(join(root, name), original)
  }
}

for (const { name, act, done } of ACTS) {
  test(`files: a ${name} that dies at any call is made good by the next one, and nothing is damaged`, async (t) => {
    const root = tempDirectory(t)
    const copy = await savedFiles(root)
    const io = new FaultyIO(() => undefined)
    await act(copy('calm').process(io, app))
    for (let at = 0; at < io.calls.length; at++) {
      const world = copy(`crash-${at}`)
      const dying = new FaultyIO((call) => (call === at ? 'crash-after' : undefined))
      await act(world.process(dying, app)).catch(() => {})
      const where = `crash after call ${at}, ${io.calls[at]}`
      await assertSound(world, where)
      if (!done(await headOf(world))) await act(world.process(undefined, app))
      assert.ok(done(await headOf(world)), where)
      await assertSound(world, where)
    }
  })
}

async function assertSound(world: World, where: string): Promise<void> {
  const { sound, findings } = await verifyCheckpoint(world.process(undefined, app), { signal })
  assert.ok(sound, `${where}: ${JSON.stringify(findings)}`)
}

test('files: a collection leaves the same, wherever the one before it died', async (t) => {
  const root = tempDirectory(t)
  const copy = await savedFiles(root)
  const io = new FaultyIO(() => undefined)
  const calm = copy('calm')
  assert.ok((await collect(calm.process(io, app), { signal })).deleted > 0)
  const left = await keysOf(calm, '/t')
  for (let at = 0; at < io.calls.length; at++) {
    const world = copy(`crash-${at}`)
    const dying = new FaultyIO((call) => (call === at ? 'crash-before' : undefined))
    await collect(world.process(dying, app), { signal }).catch(() => {})
    await assertRetained(world, app, 3)
    await collect(world.process(undefined, app), { signal })
    assert.deepEqual(await keysOf(world, '/t'), left, `crash before call ${at}, ${io.calls[at]}`)
  }
})

test('files: a start from a savepoint that dies at any call has begun whole, or not at all', async (t) => {
  const root = tempDirectory(t)
  const from = (await savedFiles(root))('from')
  const io = new FaultyIO(() => undefined)
  const begin = (world: World, faulty?: FaultyIO) =>
    beginFromSavepoint(world.process(faulty, app), { name: 'first', from, signal })
  await begin(worldIn(join(root, 'calm'), from), io)
  for (let at = 0; at < io.calls.length; at++) {
    const world = worldIn(join(root, `crash-${at}`), from)
    await begin(world, new FaultyIO((call) => (call === at ? 'crash-after' : undefined))).catch(() => {})
    if ((await world.register.read('collecting')) === undefined) await begin(world)
    await assertSound(world, `crash after call ${at}, ${io.calls[at]}`)
  }
})
