import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Token } from '../../src/checkpoint/attempt.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import { attemptOf, mergedChangelogKey } from '../../src/checkpoint/names.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { Log } from '../../src/ports/log.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { committedManifest } from '../../src/scheduler/committed-manifest.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { stageMerged } from '../../src/scheduler/stage-merged.ts'
import { getObject } from '../../src/scheduler/stored.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { type ErrorKind, SluiceError } from '../../src/util/errors.ts'
import { seconds } from '../../src/util/time.ts'
import { keysOf, signal } from './collecting.ts'
import { drain, quiet, UNTIL_IDLE, World } from './world.ts'

const NAME = 'merging'
/** Changes of one batch are too many to travel in its manifest. */
const LONG_WORD = 5_000
const MERGED_AT_ONCE = 3
/** The batch that finds three changelogs behind it. */
const MERGES = MERGED_AT_ONCE + 1

const app: Application = defineApp({ name: NAME, batchInterval: seconds(1) }, (ssc) =>
  ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .map((word) => [word, 1])
    .updateStateByKey<number>((ones, sum = 0) => sum + ones.length, 1)
    .map(([word, sum]) => `${word.slice(0, 1)}${sum}`)
    .saveAsTextFiles('memory://out/sums'),
)

/** Each word comes again three batches later. */
async function worldOf(batches: number): Promise<World> {
  const world = new World()
  for (let batch = 0; batch < batches; batch++) {
    const word = 'abc'.charAt(batch % 3).repeat(LONG_WORD)
    await world.place('memory://in').put(`f${batch}`, new TextEncoder().encode(`${word}\n`))
  }
  return world
}

function merging(runtime: Runtime): Runtime {
  return { ...runtime, state: new StateStore({ snapshots: { mergedAtOnce: MERGED_AT_ONCE } }) }
}

function processOf(world: World, io?: FaultyIO): Runtime {
  return merging(world.process(io, app))
}

async function run(runtime: Runtime, batches: number): Promise<void> {
  await runInvocation(runtime, { ...UNTIL_IDLE, maxBatches: batches })
}

/** What the head names, as a process that remembers nothing reads it. */
async function committed(world: World): Promise<Manifest> {
  const head = (await world.register.read(NAME)) ?? assert.fail('there is no head')
  return committedManifest(world.process(undefined, app), head.committed ?? assert.fail('nothing is committed'))
}

/** Batch in seconds, and how often it was merged. */
async function retained(world: World): Promise<string[]> {
  const { state } = await committed(world)
  return state.changelogs.map(({ batchTime, merged = 0 }) => `${batchTime / 1000}/${merged}`)
}

async function expected(batches: number): Promise<Map<string, string>> {
  const world = await worldOf(batches)
  await drain(world, [world.process(undefined, app)])
  return world.outputs()
}

/** Somebody who remembers the warnings. */
function listening(): { readonly log: Log; readonly warnings: string[] } {
  const warnings: string[] = []
  return { log: { ...quiet, warn: (event) => void warnings.push(event) }, warnings }
}

test('a batch that finds enough changelogs writes them as one, which its manifest names in their place', async () => {
  const world = await worldOf(MERGES + 1)
  const runtime = processOf(world)
  await run(runtime, MERGES - 1)
  assert.deepEqual(await retained(world), ['1/0', '2/0', '3/0'])
  await run(runtime, 1)
  assert.deepEqual(await retained(world), ['3/1', '4/0'])
  const { attempt, state } = await committed(world)
  const object = state.changelogs[0]?.object ?? assert.fail('what was merged is no object')
  assert.equal(object.key, mergedChangelogKey(NAME, attempt))
  assert.equal((await getObject(world.checkpoint, object)).length, state.changelogs[0]?.sizeBytes)
  await drain(world, [processOf(world)])
  assert.deepEqual(await world.outputs(), await expected(MERGES + 1))
})

for (const [what, harm] of [
  ['gone', (world: World, key: string) => world.checkpoint.delete([key])],
  ['damaged', (world: World, key: string) => world.checkpoint.put(key, new Uint8Array(LONG_WORD))],
] as const) {
  test(`where a changelog is ${what}, all stay as they are, and the batch of a process that needs none of them commits`, async () => {
    const world = await worldOf(MERGES)
    const { log, warnings } = listening()
    const runtime = { ...processOf(world), log }
    await run(runtime, MERGES - 1)
    const [key = assert.fail('there is no changelog')] = await keysOf(world, '/changelog')
    await harm(world, key)
    await run(runtime, 1)
    assert.deepEqual(await retained(world), ['1/0', '2/0', '3/0', '4/0'])
    assert.deepEqual(warnings, ['changelogs-not-merged'])
    assert.deepEqual(await keysOf(world, '/merged-changelog'), [])
    assert.deepEqual(await world.outputs(), await expected(MERGES))
  })
}

test('what cannot be written now is merged by the next batch', async () => {
  const world = await worldOf(MERGES + 1)
  const { log, warnings } = listening()
  const runtime = { ...processOf(world), log }
  await run(runtime, MERGES - 1)
  const refuse = (key: string): void => {
    if (isMerged(key)) throw failure('retryable')
  }
  await run(asking(runtime, refuse), 1)
  assert.deepEqual([await retained(world), warnings], [['1/0', '2/0', '3/0', '4/0'], ['changelogs-not-merged']])
  await run(runtime, 1)
  assert.deepEqual(await retained(world), ['3/1', '4/0', '5/0'])
})

/** A process that asks first, whenever it puts something into its checkpoint. */
function asking(runtime: Runtime, before: (key: string) => void): Runtime {
  const checkpoint = new Proxy(runtime.checkpoint, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      if (property !== 'put') return member.bind(target)
      return async (key: string, bytes: Uint8Array) => {
        before(key)
        return target.put(key, bytes)
      }
    },
  })
  return { ...runtime, checkpoint }
}

function isMerged(key: string): boolean {
  return key.endsWith('/merged-changelog')
}

test('an attempt that fails after it has merged leaves garbage, and the next one merges under a name of its own', async () => {
  const world = await worldOf(MERGES)
  await run(processOf(world), MERGES - 1)
  let merged = false
  const io = new FaultyIO((_, name) => (merged && name === 'head.swap' ? 'crash-before' : undefined))
  const dying = asking(processOf(world, io), (key) => {
    merged ||= isMerged(key)
  })
  await assert.rejects(run(dying, 1))
  const [left = assert.fail('nothing was merged')] = await keysOf(world, '/merged-changelog')
  assert.deepEqual(await retained(world), ['1/0', '2/0', '3/0'])
  world.clock.advance(400_000)
  await run(processOf(world), 1)
  assert.deepEqual(await retained(world), ['3/1', '4/0'])
  const { attempt } = await committed(world)
  assert.notDeepEqual(attemptOf(left), attempt)
  await collect(world.process(undefined, app), { signal })
  assert.deepEqual(await keysOf(world, '/merged-changelog'), [mergedChangelogKey(NAME, attempt)])
  assert.deepEqual(await world.outputs(), await expected(MERGES))
})

/** `stageMerged` by itself, of bytes that are made so. */
async function staged(bytes: () => Promise<Uint8Array>) {
  const { log, warnings } = listening()
  const checkpoint = new MemoryObjectStore()
  const world = new World({ checkpoint })
  const runtime = { ...world.process(undefined, app), log }
  const attempt = { incarnation: 1, batchTime: 4000, token: 7 as Token, number: 1 }
  const ref = await stageMerged(runtime, attempt, { bytes })
  return { ref, warnings, keys: await keysOf(world) }
}

function failure(kind: ErrorKind): SluiceError {
  return new SluiceError({ code: 'it-failed', kind, message: 'It failed' })
}

for (const kind of ['retryable', 'data'] as const) {
  test(`a batch does without merging where that fails with an error of kind ${kind}, and tells`, async () => {
    const { ref, warnings, keys } = await staged(() => Promise.reject(failure(kind)))
    assert.deepEqual([ref, warnings, keys], [undefined, ['changelogs-not-merged'], []])
  })
}

test('a batch fails where merging fails for any other reason', async () => {
  const bug = new TypeError('of undefined')
  await assert.rejects(
    staged(() => Promise.reject(bug)),
    bug,
  )
  for (const kind of ['invalid', 'internal'] as const)
    await assert.rejects(
      staged(() => Promise.reject(failure(kind))),
      { kind },
    )
})
