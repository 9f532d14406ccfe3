import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openReceiverSource } from '../../src/connectors/receiver/receiver-source.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { InputDStream } from '../../src/dstream/input-dstream.ts'
import { Receiver } from '../../src/dstream/receiver.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import type { SourceOpener } from '../../src/ports/source.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { milliseconds, seconds, type Time } from '../../src/util/time.ts'
import { keysOf, signal } from './collecting.ts'
import { UNTIL_IDLE, World } from './world.ts'

/** Gives the time of each batch, once. */
class Times extends InputDStream<string> {
  compute(time: Time): string[] {
    return [String(time)]
  }
}

class Idle extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

const retain = { batches: 2, age: milliseconds(1), every: seconds(1_000_000) }

function computing(uid: string, upgrade: UpgradeOptions = {}): Application {
  return defineApp({ name: 'computing', batchInterval: seconds(1), retain, upgrade }, (ssc) => {
    new Times(ssc).uid(uid).saveAsTextFiles('memory://out/lines')
  })
}

function receiving(uid: string, upgrade: UpgradeOptions = {}): Application {
  return defineApp({ name: 'computing', batchInterval: seconds(1), retain, upgrade }, (ssc) => {
    ssc.receiverStream(new Idle()).uid(uid).saveAsTextFiles('memory://out/lines')
  })
}

function processOf(world: World, app: Application): Runtime {
  const runtime = world.process(undefined, app)
  const openSource: SourceOpener = (descriptor, uid, surroundings) =>
    (descriptor.kind === 'receiver' ? openReceiverSource : runtime.openSource)(descriptor, uid, surroundings)
  return { ...runtime, openSource }
}

/** Each by a process of its own. */
async function runBatches(world: World, app: Application, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const runtime = processOf(world, app)
    await runInvocation(runtime, { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
    await closeSources(runtime)
  }
}

async function blocksLeft(world: World, app: Application): Promise<string[]> {
  await collect(processOf(world, app), { signal })
  return keysOf(world, '/blocks/')
}

async function linesOf(world: World, output = ''): Promise<string> {
  return [...(await world.outputs())].flatMap(([key, text]) => (key.startsWith(output) ? [text] : [])).join('')
}

test('what a stream computes goes once no batch that is kept has read it, and is there for replays until then', async () => {
  const world = new World()
  await runBatches(world, computing('n'), 6)
  // Two batches, and the one before them.
  assert.equal((await blocksLeft(world, computing('n'))).length, 3)
  const replay = await replayBatch(processOf(world, computing('n')), 6000, { signal })
  assert.ok(replay.equal, JSON.stringify(replay))
})

test('so does what was computed under the former name of a stream', async () => {
  const world = new World()
  await runBatches(world, computing('n'), 2)
  const renamed = computing('r', { rename: { n: 'r' } })
  await runBatches(world, renamed, 4)
  const left = await blocksLeft(world, renamed)
  assert.ok(left.length === 3 && left.every((key) => key.includes('/blocks/r/')), left.join())
})

test('and what was computed before a receiver has the name, which reads none of it', async () => {
  for (const upgrade of [{ drop: ['n'] }, {}]) {
    const world = new World()
    await runBatches(world, computing('n'), 2)
    const lines = await linesOf(world)
    const app = receiving('n', upgrade)
    if (upgrade.drop === undefined) await resetApplication(processOf(world, app), { reason: 'anew', signal })
    await runBatches(world, app, 4)
    assert.equal(await linesOf(world), lines)
    assert.deepEqual(await blocksLeft(world, app), [])
  }
})

/** Whose batches cannot be planned. */
class Broken extends InputDStream<string> {
  compute(): string[] {
    throw new RangeError('not today')
  }
}

interface Release {
  readonly upgrade?: UpgradeOptions
  readonly isBroken?: boolean
  readonly act?: () => void
}

function release(uids: readonly string[], { upgrade, isBroken = false, act }: Release = {}): Application {
  return defineApp({ name: 'computing', batchInterval: seconds(1), retain, upgrade }, (ssc) => {
    for (const uid of uids) {
      const times = new Times(ssc).uid(uid)
      times.saveAsTextFiles(`memory://out/${uid}`)
      if (act !== undefined) times.foreachRDD(act)
    }
    if (isBroken) new Broken(ssc).saveAsTextFiles('memory://out/never')
  })
}

const fails = () => {
  throw new RangeError('not today')
}

test('what was computed for a plan that never came to be goes when its stream is dropped or renamed', async () => {
  for (const [upgrade, streams] of [[{ drop: ['n'] }, ['m']] as const, [{ rename: { n: 'r' } }, ['m', 'r']] as const]) {
    const world = new World()
    await runBatches(world, release(['m', 'n']), 1)
    await assert.rejects(runBatches(world, release(['m', 'n'], { isBroken: true }), 1))
    const later = release(streams, { upgrade: { ...upgrade } as UpgradeOptions })
    await runBatches(world, later, 4)
    const left = await blocksLeft(world, later)
    assert.deepEqual(
      left.filter((key) => key.includes('/blocks/n/')),
      [],
    )
  }
})

test('left-blocks-outdated: what the plan in the head is to read stays, whoever collects', async () => {
  const world = new World()
  await runBatches(world, release(['m']), 1)
  await assert.rejects(runBatches(world, release(['m', 'n'], { act: fails }), 1), { code: 'batch-failed' })
  await collect(processOf(world, release(['m'])), { signal })
  await runBatches(world, release(['m', 'n']), 1)
  assert.match(await linesOf(world, 'n-'), /^2000 ms$/m)
})

test('also where it is planned while somebody collects who has found its blocks', async () => {
  const world = new World()
  await runBatches(world, release(['m']), 1)
  const collector = processOf(world, release(['m']))
  const { checkpoint } = collector
  let planned = false
  const list: typeof checkpoint.list = async function* (prefix, options) {
    if (prefix.includes('/blocks/') && !planned) {
      planned = true
      await assert.rejects(runBatches(world, release(['m', 'n'], { act: fails }), 1), { code: 'batch-failed' })
    }
    yield* checkpoint.list(prefix, options)
  }
  const slow = new Proxy(checkpoint, { get: (of, name) => (name === 'list' ? list : Reflect.get(of, name, of)) })
  await assert.rejects(collect({ ...collector, checkpoint: slow }, { signal }), { code: 'overtaken' })
  await runBatches(world, release(['m', 'n']), 1)
  assert.match(await linesOf(world, 'n-'), /^2000 ms$/m)
})
