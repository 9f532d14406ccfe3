import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { batchOf, failedBatchOf, isSound, linesOf, type Version, version, worldAfter } from './versions.ts'

/*
 * A stream of another kind that takes the name of one that is dropped, and names in plans that the batch's code has otherwise.
 */

const { signal } = new AbortController()

const files: Version = { streams: { n: 'files' } }

test('a stream that takes the name of one of another kind that is dropped begins where its first plan says, whoever runs it', async () => {
  const log = ['before']
  const anew: Version = { streams: { n: log }, upgrade: { drop: ['n'] } }
  const world = await worldAfter(files)
  await failedBatchOf(world, anew)
  log.push('between')
  await batchOf(world, anew)
  log.push('after')
  await batchOf(world, anew)
  assert.deepEqual(await linesOf(world, 'n'), ['a b0 c0', 'between', 'after'])
  assert.ok(await isSound(world, anew))
})

test('what is planned of such a stream is not taken for the one whose name it has', async () => {
  const anew: Version = { streams: { n: ['before'] }, upgrade: { drop: ['n'] } }
  const former: Version = { streams: { n: 'queue' } }
  const world = await worldAfter(former)
  await failedBatchOf(world, anew)
  for (let batch = 0; batch < 2; batch++) await batchOf(world, former)
  assert.deepEqual(await linesOf(world, 'n'), ['q0', 'q1'])
  assert.ok(await isSound(world, former))
})

test('what is planned with data of such a stream is refused by code that has the one whose name it has', async () => {
  const anew: Version = { streams: { n: 'files' }, upgrade: { drop: ['n'] } }
  const former: Version = { streams: { n: [] } }
  const world = await worldAfter(former)
  await failedBatchOf(world, anew)
  await assert.rejects(batchOf(world, former), {
    code: 'batch-failed',
    message: /input stream that the application does not have/,
  })
  await batchOf(world, anew)
  assert.deepEqual(await linesOf(world, 'n'), ['a b0 c0'])
  assert.ok((await replayBatch(world.process(undefined, version(anew)), 2000, { signal })).equal)
})

test('a new stream of the name that other code renames another to is no damage to whoever gives its plan up', async () => {
  const former: Version = { streams: { m: 'files' } }
  const both: Version = { streams: { m: 'files', n: 'queue' } }
  const renamed: Version = { streams: { n: 'files' }, upgrade: { rename: { m: 'n' } } }
  const world = await worldAfter(former)
  await failedBatchOf(world, both)
  await skipBatch(world.process(undefined, version(renamed)), { batchTime: 2000, reason: 'rolled back', signal })
  await batchOf(world, renamed)
  assert.deepEqual(await linesOf(world, 'n'), ['a b2 c2'])
  assert.ok(await isSound(world, renamed))
})

test('nor to whoever runs its plan, if that has no data of the new one', async () => {
  const former: Version = { streams: { m: 'files' } }
  const both: Version = { streams: { m: 'files', n: ['before'] } }
  const renamed: Version = { streams: { n: 'files' }, upgrade: { rename: { m: 'n' } } }
  const world = await worldAfter(former)
  await failedBatchOf(world, both)
  for (let batch = 0; batch < 2; batch++) await batchOf(world, renamed)
  assert.deepEqual(await linesOf(world, 'n'), ['a b1 c1', 'a b2 c2'])
  assert.ok(await isSound(world, renamed))
})

test('a batch that was planned under the old name of a stream is replayed with its data by code of before and after the rename', async () => {
  const former: Version = { streams: { m: 'files' } }
  const renamed: Version = { streams: { n: 'files' }, upgrade: { rename: { m: 'n' } } }
  const world = await worldAfter(former)
  await failedBatchOf(world, former)
  await batchOf(world, renamed)
  for (const code of [renamed, former])
    assert.ok((await replayBatch(world.process(undefined, version(code)), 2000, { signal })).equal)
})

test('an inspection says where a renamed stream was before and what was read of it, whoever has planned that', async () => {
  const renamed: Version = { streams: { n: 'files' }, upgrade: { rename: { m: 'n' } } }
  for (const planner of [{ streams: { m: 'files' } } as const, renamed]) {
    const world = await worldAfter({ streams: { m: 'files' } })
    await failedBatchOf(world, planner)
    await batchOf(world, renamed)
    const { inputs } = await inspectBatch(world.process(undefined, version(renamed)), { batchTime: 2000 })
    assert.deepEqual(
      inputs.map(({ stream, records, position }) => [stream, records, position !== undefined]),
      [[Object.keys(planner.streams)[0], 1, true]],
    )
  }
})
