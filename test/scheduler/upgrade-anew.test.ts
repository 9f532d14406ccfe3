import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { InputDStream } from '../../src/dstream/input-dstream.ts'
import type { CutBatch } from '../../src/dstream/sources/computed-stream.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { seconds, type Time } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

/*
 * A stream of another kind that takes the name of one that is dropped, and names in plans that the batch's code has otherwise.
 */

const { signal } = new AbortController()

/** A log from now on: its first plan says where that is. */
class Log extends InputDStream<string> {
  readonly #records: readonly string[]
  constructor(ssc: StreamBuilder, records: readonly string[]) {
    super(ssc)
    this.#records = records
  }
  compute(): undefined {}
  override cut(_: Time, position: unknown): CutBatch {
    const from = position === undefined ? this.#records.length : Number(position)
    return { ranges: from < this.#records.length ? [[from, this.#records.length]] : [], next: this.#records.length }
  }
  override read(range: unknown): string[] {
    const [from, until] = range as [number, number]
    return this.#records.slice(from, until)
  }
}

type Reading = 'files' | 'queue' | readonly string[]

interface Version {
  /** What each stream reads: files or a queue from the beginning, or a log from now on. */
  readonly streams: Readonly<Record<string, Reading>>
  readonly upgrade?: UpgradeOptions
  readonly fails?: boolean
}

function version({ streams, upgrade, fails = false }: Version): Application {
  return defineApp({ name: 'anew', batchInterval: seconds(1), upgrade }, (ssc) => {
    for (const [uid, reading] of Object.entries(streams)) {
      const lines = opened(ssc, reading)
      lines.uid(uid).saveAsTextFiles(`memory://out/${uid}`)
      lines.foreachRDD(() => {
        if (fails) throw new RangeError('not today')
      })
    }
  })
}

function opened(ssc: StreamBuilder, reading: Reading) {
  if (reading === 'files') return ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
  return reading === 'queue' ? ssc.queueStream([['q0'], ['q1'], ['q2'], ['q3']]) : new Log(ssc, reading)
}

function batchOf(world: World, of: Version) {
  return runInvocation(world.process(undefined, version(of)), { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
}

async function failedBatchOf(world: World, of: Version): Promise<void> {
  await assert.rejects(batchOf(world, { ...of, fails: true }), { code: 'batch-failed' })
}

async function worldAfter(...versions: readonly Version[]): Promise<World> {
  const world = new World()
  await world.feed(6, 1)
  for (const of of versions) await batchOf(world, of)
  return world
}

async function linesOf(world: World, uid: string): Promise<string[]> {
  return [...(await world.outputs())].flatMap(([key, text]) =>
    key.startsWith(`${uid}-`) && text !== '' ? text.trim().split('\n') : [],
  )
}

async function isSound(world: World, of: Version): Promise<boolean> {
  const { sound, findings } = await verifyCheckpoint(world.process(undefined, version(of)), { signal })
  assert.deepEqual(findings, [])
  return sound
}

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
