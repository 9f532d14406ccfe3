import assert from 'node:assert/strict'
import type { Head } from '../../src/checkpoint/head.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { RetainOptions } from '../../src/dstream/retain-options.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

/** Keeps three batches and the one before them, and collects only when it is told to. */
const THREE: RetainOptions = { batches: 3, age: milliseconds(1), every: seconds(1_000_000) }

/** State that changes with every batch, state that changed once, long ago, and outputs too large to travel in the head. */
export function collecting(retain: RetainOptions = THREE): Application {
  return defineApp({ name: 'collecting', batchInterval: seconds(1), retain }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    const seen = lines
      .map((line) => [line.split(' ')[0] ?? '', 1])
      .updateStateByKey<number>((ones, sum = 0) => sum + ones.length)
    seen.saveAsTextFiles('memory://out/seen')
    const first = lines.filter((line) => line.includes('c0')).map((line) => [line, 1])
    first
      .updateStateByKey<number>((ones, sum = 0) => (ones.length === 0 ? sum : sum + ones.length))
      .count()
      .saveAsTextFiles('memory://out/first')
    lines.map((line) => line.repeat(1_000)).saveAsTextFiles('memory://out/large')
  })
}

export const { signal } = new AbortController()

/** Batches of one invocation each, so that each has a token of its own. */
export async function runBatches(world: World, app: Application, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    await runInvocation(world.process(undefined, app), { ...UNTIL_IDLE, maxBatches: 1 })
  }
}

/** A world in which so many batches have run, and one attempt has died with its output staged. */
export async function worldWith(app: Application, batches: number, world = new World()): Promise<World> {
  await world.feed(batches + 3)
  await runBatches(world, app, batches - 1)
  await assert.rejects(runInvocation(world.process(diesBeforeCommit(), app), { ...UNTIL_IDLE, maxBatches: 1 }))
  await runBatches(world, app, 1)
  return world
}

/** Dies with everything staged: after the swap that takes the lease comes the one that commits. */
function diesBeforeCommit(): FaultyIO {
  let swaps = 0
  return new FaultyIO((_, name) => (name === 'head.swap' && ++swaps === 2 ? 'crash-before' : undefined))
}

export async function keysOf({ checkpoint }: Pick<World, 'checkpoint'>, part = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const page of checkpoint.list('')) keys.push(...page.map(({ key }) => key))
  return keys.filter((key) => key.includes(part))
}

export async function headOf(world: World) {
  return (await world.register.read('collecting')) ?? assert.fail('no head')
}

/** For somebody who read the head before others went on. */
export function readBefore(register: HeadRegister, head: Head): HeadRegister {
  const heads = [head]
  return {
    url: register.url,
    read: async (app) => heads.pop() ?? register.read(app),
    swap: (version, next) => register.swap(version, next),
  }
}

/** What is retained can be read, and all of it but the oldest can be run again with the same bytes. */
export async function assertRetained(world: World, app: Application, least: number): Promise<void> {
  const times: number[] = []
  for await (const { attempt } of manifests(world.checkpoint, await headOf(world))) times.push(attempt.batchTime)
  assert.ok(times.length > least, `only ${times} are left`)
  for (const batchTime of times.slice(0, -1)) {
    const replay = await replayBatch(world.process(undefined, app), batchTime, { signal })
    assert.ok(replay.equal, JSON.stringify(replay))
  }
}
