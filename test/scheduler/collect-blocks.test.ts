import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockKey } from '../../src/checkpoint/names.ts'
import { openReceiverSource } from '../../src/connectors/receiver/receiver-source.ts'
import { encodeBlock } from '../../src/connectors/receiver/stored-block.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { Receiver } from '../../src/dstream/receiver.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { keysOf, signal } from './collecting.ts'
import { UNTIL_IDLE, World } from './world.ts'

/** What it receives is put into its blocks by the tests. */
class Idle extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

const retain = { batches: 2, age: milliseconds(1), every: seconds(1_000_000) }

const app = defineApp({ name: 'received', batchInterval: seconds(1), retain }, (ssc) => {
  ssc.receiverStream(new Idle()).uid('in').saveAsTextFiles('memory://out/lines')
})

async function putBlock(world: World, number: number): Promise<string> {
  const key = blockKey('received', 'in', { session: '000-a', number, records: 1 })
  await world.checkpoint.put(key, encodeBlock([`line ${number}`], undefined))
  return key
}

function processOf(world: World): Runtime {
  return { ...world.process(undefined, app), openSource: openReceiverSource }
}

/** One batch, by a process of its own. */
async function runBatch(world: World): Promise<void> {
  const runtime = processOf(world)
  await runInvocation(runtime, { ...UNTIL_IDLE, maxBatches: 1 })
  await closeSources(runtime)
}

test('blocks go once they are read and no batch that could be replayed has read them; those not read yet stay', async () => {
  const world = new World()
  const keys: string[] = []
  for (let number = 0; number < 6; number++) {
    keys.push(await putBlock(world, number))
    await runBatch(world)
  }
  const unread = await putBlock(world, 6)
  await collect(processOf(world), { signal })
  // Two batches, and the one before them.
  assert.deepEqual(await keysOf(world, '/blocks/'), [...keys.slice(3), unread])
  const replay = await replayBatch(processOf(world), 6000, { signal })
  assert.ok(replay.equal, JSON.stringify(replay))
  await runBatch(world)
  assert.equal((await world.outputs()).get('lines-7000/part-00000'), 'line 6\n')
})

test('block-marks-kept: a put that was delayed brings a block back that no batch reads again, and the next collection takes', async () => {
  const world = new World()
  for (let number = 0; number < 4; number++) {
    await putBlock(world, number)
    await runBatch(world)
  }
  await collect(processOf(world), { signal })
  const late = await putBlock(world, 0)
  await runBatch(world)
  const texts = [...(await world.outputs()).values()].join('')
  assert.equal(texts.split('line 0').length - 1, 1)
  await collect(processOf(world), { signal })
  assert.deepEqual(await keysOf(world, late), [])
})
