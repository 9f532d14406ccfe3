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

async function linesOf(world: World): Promise<string> {
  return [...(await world.outputs()).values()].join('')
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
