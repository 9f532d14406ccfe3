import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetOptions, ObjectStore } from '../../src/ports/object-store.ts'
import { beginFromSavepoint } from '../../src/scheduler/begin-from.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { createSavepoint, deleteSavepoint, listSavepoints } from '../../src/scheduler/savepoint.ts'
import { collecting, headOf, keysOf, runBatches, signal, worldWith } from './collecting.ts'
import { World } from './world.ts'

const app = collecting()

/** A store of which an object is gone before it is read, or copied from. */
function meanwhile(store: ObjectStore, part: string, act: () => Promise<void>): ObjectStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name !== 'get') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)
      return async (key: string, options?: GetOptions) => {
        if (key.includes(part)) await act()
        return target.get(key, options)
      }
    },
  })
}

for (const part of ['/savepoint', '/changelog']) {
  test(`a savepoint that is deleted before its ${part} is read is told to be gone, not damaged, and nothing begins`, async () => {
    const world = new World()
    const words = Array.from({ length: 5_000 }, (_, i) => `word${i}`).join('\n')
    await world.place('memory://in').put('f000.txt', new TextEncoder().encode(words))
    await runBatches(world, app, 1)
    await createSavepoint(world.process(undefined, app), { name: 'before', signal })
    const letGo = async () => {
      const head = await headOf(world)
      if (head.pins.length === 0) return
      await deleteSavepoint(world.process(undefined, app), { name: 'before', signal })
      for (const key of await keysOf(world, part)) await world.checkpoint.delete([key])
    }
    const from = { register: world.register, checkpoint: meanwhile(world.checkpoint, part, letGo) }
    const copy = new World()
    const starting = beginFromSavepoint(copy.process(undefined, app), { name: 'before', from, signal })
    await assert.rejects(starting, { code: 'savepoint-not-found' })
    assert.equal(await copy.register.read('collecting'), undefined)
  })
}

test('a savepoint that is gone, and another of its name made, before it is read is told to be gone', async () => {
  const world = await worldWith(app, 4)
  const savepoint = () => createSavepoint(world.process(undefined, app), { name: 'before', signal })
  await savepoint()
  const first = await keysOf(world, '/savepoint')
  const madeAgain = async () => {
    if ((await keysOf(world, '/savepoint')).join() !== first.join()) return
    await deleteSavepoint(world.process(undefined, app), { name: 'before', signal })
    await savepoint()
    await world.checkpoint.delete(first)
  }
  const from = { register: world.register, checkpoint: meanwhile(world.checkpoint, '/savepoint', madeAgain) }
  const starting = beginFromSavepoint(new World().process(undefined, app), { name: 'before', from, signal })
  await assert.rejects(starting, { code: 'savepoint-not-found' })
})

test('a savepoint that is deleted and collected while they are listed is left out; one that is damaged is told of', async () => {
  const world = await worldWith(app, 4)
  for (const name of ['before', 'stays']) await createSavepoint(world.process(undefined, app), { name, signal })
  const runtime = world.process(undefined, app)
  let deleting: Promise<void> | undefined
  const letGo = async () => {
    await deleteSavepoint(world.process(undefined, app), { name: 'before', signal })
    await collect(world.process(undefined, app), { signal })
  }
  const checkpoint = meanwhile(world.checkpoint, '/savepoint', () => {
    deleting ??= letGo()
    return deleting
  })
  const listed = await listSavepoints({ ...runtime, checkpoint })
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['stays'],
  )
  await world.checkpoint.delete(await keysOf(world, '/savepoint'))
  await assert.rejects(listSavepoints(runtime), { code: 'object-missing' })
})
