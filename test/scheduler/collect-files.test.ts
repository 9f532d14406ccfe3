import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { assertRetained, collecting, keysOf, signal, worldWith } from './collecting.ts'
import { World } from './world.ts'

const app = collecting()

function worldIn(directory: string, like?: World): World {
  const world = new World({ register: new FileHeadRegister(directory), checkpoint: new FileObjectStore(directory) })
  for (const [url, place] of like?.places ?? []) world.places.set(url, place)
  return world
}

test('a collection of files that dies at any call is made good by the next one', async (t) => {
  const root = tempDirectory(t)
  const original = await worldWith(app, 6, worldIn(join(root, 'original')))
  const copy = (name: string) => {
    cpSync(join(root, 'original'), join(root, name), { recursive: true })
    return worldIn(join(root, name), original)
  }
  const io = new FaultyIO(() => undefined)
  const calm = copy('calm')
  const report = await collect(calm.process(io, app), { signal })
  assert.ok(report.deleted > 0)
  const left = await keysOf(calm, '/t')
  for (let at = 0; at < io.calls.length; at++) {
    const world = copy(`crash-${at}`)
    const dying = new FaultyIO((call) => (call === at ? 'crash-after' : undefined))
    await collect(world.process(dying, app), { signal }).catch(() => {})
    await assertRetained(world, app, 3)
    await collect(world.process(undefined, app), { signal })
    assert.deepEqual(await keysOf(world, '/t'), left, `crash after call ${at}, ${io.calls[at]}`)
  }
})
