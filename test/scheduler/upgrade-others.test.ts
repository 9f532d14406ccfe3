import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { SourceOpener } from '../../src/ports/source.ts'
import type { RDD } from '../../src/rdd/rdd.ts'
import { foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { seconds } from '../../src/util/time.ts'
import { batchOf, failedBatchOf, isSound, linesOf, processOf, type Version, worldAfter } from './versions.ts'
import { UNTIL_IDLE, World } from './world.ts'

/*
 * What code that does not have a stream commits of other code's plan of it, for that to go on from if it comes back.
 */

const { signal } = new AbortController()
const files: Version = { streams: { m: 'files' } }
const withFiles: Version = { streams: { m: 'files', n: 'files' } }
const withLog = (n: readonly string[]): Version => ({ streams: { m: 'files', n } })

/** Of a log whose beginning was planned by code that has not come back since. */
async function worldBetween(): Promise<{ readonly world: World; readonly log: string[] }> {
  const log = ['before']
  const world = await worldAfter(files)
  await failedBatchOf(world, withLog(log))
  for (let batch = 0; batch < 2; batch++) await batchOf(world, files)
  log.push('between')
  return { world, log }
}

test('positions-go-along: a stream goes on from its position that other code keeps, also under another name', async () => {
  const { world, log } = await worldBetween()
  const renamed: Version = { streams: { m: 'files', r: log }, upgrade: { rename: { n: 'r' }, drop: ['n'] } }
  for (let batch = 0; batch < 2; batch++) await batchOf(world, renamed)
  assert.deepEqual(await linesOf(world, 'r'), ['between'])
  assert.ok(await isSound(world, renamed))
})

test('what is foreseen of such a stream says whose position it goes on from', async () => {
  const { world, log } = await worldBetween()
  const foreseen = async (streams: Version['streams']) => {
    const of: Version = { streams: { m: 'files', ...streams }, upgrade: { rename: { n: 'r' } } }
    return (await foreseeUpgrade(processOf(world, of))).changes.filter(
      ({ part, uid }) => part === 'input' && uid !== 'm',
    )
  }
  const asNew = { part: 'input', uid: 'r', fate: 'new' }
  assert.deepEqual(await foreseen({ r: log }), [{ ...asNew, kind: 'ranged', goesOnFrom: 'n' }])
  assert.deepEqual(await foreseen({ r: 'queue' }), [{ ...asNew, kind: 'queue' }])
})

test('and under a name that was given to it by code of no commit, or by none at all', async () => {
  for (const isCommitted of [true, false]) {
    const log = ['before']
    const world = await worldAfter(files)
    await failedBatchOf(world, withLog(log))
    if (isCommitted) await batchOf(world, files)
    log.push('between')
    const renamed: Version = { streams: { m: 'files', s: log }, upgrade: { rename: { n: 'r', r: 's', s: 's' } } }
    for (let batch = 0; batch < 2; batch++) await batchOf(world, renamed)
    assert.deepEqual(await linesOf(world, 's'), ['between'])
    assert.ok(await isSound(world, renamed))
  }
})

test('but for one of another kind of source, and for one that goes on from a commit of its own', async () => {
  const queue = await worldBetween()
  await batchOf(queue.world, { streams: { m: 'files', r: 'queue' }, upgrade: { rename: { n: 'r' } } })
  assert.deepEqual(await linesOf(queue.world, 'r'), ['q0'])
  const own = await worldBetween()
  const both: Version = { streams: { m: 'files', r: ['first'] } }
  await batchOf(own.world, both)
  await batchOf(own.world, { streams: { m: 'files', r: ['first', 'second'] }, upgrade: { rename: { n: 'r' } } })
  assert.deepEqual(await linesOf(own.world, 'r'), ['second'])
})

test('skip-moves-offsets: what a skip gives up of files is read by nobody, whether or not its code has the stream', async () => {
  for (const skipping of [files, withFiles]) {
    const world = await worldAfter(files)
    await failedBatchOf(world, withFiles)
    await skipBatch(processOf(world, skipping), { batchTime: 2000, reason: 'rolled back', signal })
    for (let batch = 0; batch < 2; batch++) await batchOf(world, withFiles)
    assert.deepEqual(await linesOf(world, 'n'), ['a b1 c1', 'a b2 c2'])
  }
})

interface Release {
  /** Has files of another place, all or those that come from now on. */
  readonly fresh?: 'all' | 'new'
  readonly foreach?: (lines: RDD<string>) => unknown
}

function release({ fresh, foreach }: Release): Application {
  return defineApp({ name: 'anew', batchInterval: seconds(1) }, (ssc) => {
    if (fresh !== undefined) {
      const lines = ssc.textFileStream('memory://fresh', { newFilesOnly: fresh === 'new' }).uid('n')
      lines.saveAsTextFiles('memory://out/n')
      if (foreach !== undefined) lines.foreachRDD(foreach)
    }
    const others = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).uid('m')
    others.saveAsTextFiles('memory://out/m')
  })
}

async function oneBatch(runtime: Runtime): Promise<void> {
  await runInvocation(runtime, { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
  await closeSources(runtime)
}

async function freshFile(world: World, name: string): Promise<void> {
  await world.place('memory://fresh').put(name, new TextEncoder().encode(`${name}\n`))
}

/** With a file that was there before the release that reads the place. */
async function freshWorld(): Promise<World> {
  const world = new World()
  await world.feed(6, 1)
  await freshFile(world, 'before')
  await oneBatch(world.process(undefined, release({})))
  return world
}

async function isReadFromThePlanOn(world: World): Promise<void> {
  await freshFile(world, 'between')
  await oneBatch(world.process(undefined, release({})))
  for (let batch = 0; batch < 3; batch++) await oneBatch(world.process(undefined, release({ fresh: 'new' })))
  assert.deepEqual(await linesOf(world, 'n'), ['between'])
}

async function failsWith(world: World, fresh: 'all' | 'new'): Promise<void> {
  const foreach = () => {
    throw new RangeError('not today')
  }
  await assert.rejects(oneBatch(world.process(undefined, release({ fresh, foreach }))), { code: 'batch-failed' })
}

test('files that were there before a stream of new ones are not read, where its first batch is committed by code without it', async () => {
  const world = await freshWorld()
  await failsWith(world, 'new')
  await isReadFromThePlanOn(world)
})

test('nor are those that a skip gave up, where nothing was there when the first plan was made', async () => {
  const world = new World()
  await world.feed(6, 1)
  world.place('memory://fresh')
  await failsWith(world, 'all')
  await oneBatch(world.process(undefined, release({})))
  await freshFile(world, 'given up')
  await failsWith(world, 'all')
  await skipBatch(world.process(undefined, release({})), { batchTime: 2000, reason: 'rolled back', signal })
  await freshFile(world, 'later')
  for (let batch = 0; batch < 2; batch++) await oneBatch(world.process(undefined, release({ fresh: 'all' })))
  assert.deepEqual(await linesOf(world, 'n'), ['later'])
})

/** Never comes to the end of what is in a place. */
function stuckIn(open: SourceOpener, url: string): SourceOpener {
  return (descriptor, ...of) => {
    const source = open(descriptor, ...of)
    if (descriptor.options.url !== url) return source
    return Object.assign(source, {
      async *read(_: unknown, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
        while (!signal.aborted) {
          await new Promise((resolve) => setImmediate(resolve))
          yield []
        }
        signal.throwIfAborted()
      },
    })
  }
}

/** The batch of a release, which its streams share, takes too long until its plan is to be cut anew. */
async function tooLarge(world: World, of: Release): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const runtime = world.process(undefined, release(of))
    const openSource = stuckIn(runtime.openSource, 'memory://in')
    const options = { ...UNTIL_IDLE, deadlineMs: world.clock.now() + 60_000 }
    await assert.rejects(runInvocation({ ...runtime, openSource }, options), { kind: 'retryable' })
  }
  assert.equal((await world.register.read('anew'))?.planned?.failure?.code, 'deadline')
  world.clock.advance(400_000)
}

test('plan-kept: what functions may have acted on is not cut smaller by code that has none', async () => {
  const world = await freshWorld()
  const seen = new Set<string>()
  const foreach = async (lines: RDD<string>) => {
    for (const line of await lines.collect()) seen.add(line)
  }
  await tooLarge(world, { fresh: 'all', foreach })
  await freshFile(world, 'between')
  await oneBatch(world.process(undefined, release({ fresh: 'all' })))
  assert.deepEqual([...seen], ['before'])
  assert.deepEqual(await linesOf(world, 'n'), ['before'])
})

test('latest-pinned-once: code that cuts a plan smaller keeps what that has without data of a stream of other code', async () => {
  const world = await freshWorld()
  await tooLarge(world, { fresh: 'new' })
  await isReadFromThePlanOn(world)
})

test('nor does it pass over what the plan has with data of such a stream', async () => {
  const world = await freshWorld()
  await tooLarge(world, { fresh: 'all' })
  const message = /planned with data of an input stream that the application does not have.*: n /
  await assert.rejects(oneBatch(world.process(undefined, release({}))), { code: 'batch-failed', message })
})
