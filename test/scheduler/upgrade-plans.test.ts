import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeManifest } from '../../src/checkpoint/decode-record.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { compareWithPublished, foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { load } from '../../src/scheduler/stored.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

/** A line a batch; whoever fails has made a plan before. */
function reading(uids: readonly string[], upgrade?: UpgradeOptions, fails = false): Application {
  return defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
    for (const uid of uids) {
      const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).uid(uid)
      lines.map((line) => line.slice(-2)).saveAsTextFiles(`memory://out/${uid}`)
      lines.foreachRDD(() => {
        if (fails) throw new RangeError('not today')
      })
    }
  })
}

const toTexts: UpgradeOptions = { rename: { lines: 'texts' } }
const anew: UpgradeOptions = { drop: ['texts'] }

/** Each version has run one batch, in this order. */
async function readBy(...versions: readonly Application[]): Promise<World> {
  const world = new World()
  await world.feed(6, 1)
  for (const version of versions) await batchesOf(world, version, 1)
  return world
}

function batchesOf(world: World, version: Application, maxBatches: number) {
  return runInvocation(world.process(undefined, version), { ...UNTIL_IDLE, maxBatches })
}

/** What each batch has put out, in their order. */
async function linesOf(world: World): Promise<string[]> {
  const files = [...(await world.outputs())].filter(([, text]) => text !== '')
  const timeOf = (key: string): number => Number(/-(\d+)\//.exec(key)?.[1])
  return files.sort(([a], [b]) => timeOf(a) - timeOf(b)).map(([key, text]) => `${key.split('-')[0]} ${text.trim()}`)
}

async function streamsWithPositions({ register, checkpoint }: World): Promise<string[]> {
  const { committed } = (await register.read('upgraded')) ?? {}
  const { positions } = committed
    ? await load(checkpoint, committed.manifest, decodeManifest)
    : assert.fail('no commit')
  return Object.keys(positions)
}

const BEGUN_HERE = /: texts \(which is not what this code calls 'texts'\)/
const BEGUN_ANEW = /lines \(which is not what this code calls 'texts'\)/
const { signal } = new AbortController()

test('what newer code has planned under a name that a rename gave away is not taken for the stream that was renamed', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']), reading(['texts'], toTexts))
  await assert.rejects(batchesOf(world, reading(['lines'], anew, true), 1), { code: 'batch-failed' })
  const former = reading(['texts'], toTexts)
  const { fits, failures } = await foreseeUpgrade(world.process(undefined, former))
  assert.deepEqual([fits, failures.length], [false, 1])
  await assert.rejects(batchesOf(world, former, 1), BEGUN_ANEW)
  await skipBatch(world.process(undefined, former), { batchTime: 4000, reason: 'rolled back', signal })
  await drain(world, [world.process(undefined, former)])
  assert.deepEqual(await linesOf(world), ['lines c0', 'lines c1', 'texts c2', 'texts c3', 'texts c4', 'texts c5'])
  assert.ok((await verifyCheckpoint(world.process(undefined, former), { signal })).sound)
})

test('the code that planned a new stream under such a name begins it, whoever tried before', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']), reading(['texts'], toTexts))
  await assert.rejects(batchesOf(world, reading(['lines'], anew, true), 1), { code: 'batch-failed' })
  await assert.rejects(batchesOf(world, reading(['texts'], toTexts), 1), BEGUN_ANEW)
  await batchesOf(world, reading(['lines'], anew), 2)
  assert.deepEqual((await linesOf(world)).slice(3), ['lines c0', 'lines c1'])
})

test('once the new stream of such a name is committed, code with the rename goes on from just there', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']), reading(['texts'], toTexts))
  await batchesOf(world, reading(['lines'], anew), 2)
  await assert.rejects(batchesOf(world, reading(['lines'], anew, true), 1), { code: 'batch-failed' })
  await batchesOf(world, reading(['texts'], toTexts), 2)
  assert.deepEqual((await linesOf(world)).slice(3), ['lines c0', 'lines c1', 'texts c2', 'texts c3'])
})

test('a stream that is renamed back goes on with its plan under either name', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']), reading(['texts'], toTexts))
  const back = reading(['lines'], { rename: { texts: 'lines' } }, true)
  await assert.rejects(batchesOf(world, back, 1), { code: 'batch-failed' })
  await drain(world, [world.process(undefined, reading(['texts'], toTexts))])
  assert.deepEqual(await linesOf(world), ['lines c0', 'lines c1', 'texts c2', 'texts c3', 'texts c4', 'texts c5'])
})

test('what was planned under the new name of a stream is not taken for a stream that is new under that name', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']))
  await assert.rejects(batchesOf(world, reading(['texts'], toTexts, true), 1), { code: 'batch-failed' })
  await assert.rejects(batchesOf(world, reading(['lines', 'texts']), 1), { code: 'batch-failed', message: /: texts/ })
  await batchesOf(world, reading(['texts'], toTexts), 1)
  assert.deepEqual(await linesOf(world), ['lines c0', 'lines c1', 'texts c2'])
})

test('what was planned of a new stream is not taken for one that is renamed to its name', async () => {
  const world = await readBy(reading(['lines']), reading(['lines']))
  await assert.rejects(batchesOf(world, reading(['lines', 'texts'], {}, true), 1), { code: 'batch-failed' })
  await assert.rejects(batchesOf(world, reading(['texts'], toTexts), 1), { code: 'batch-failed', message: BEGUN_HERE })
  await batchesOf(world, reading(['lines', 'texts']), 1)
  assert.deepEqual(await linesOf(world), ['lines c0', 'lines c1', 'lines c2', 'texts c0'])
})

test('a replay reads nothing of a stream that its batch had given up, by code that was called as another stream is now', async () => {
  const former = reading(['texts'], toTexts)
  const world = await readBy(former, former)
  await assert.rejects(batchesOf(world, reading(['texts'], toTexts, true), 1), { code: 'batch-failed' })
  await batchesOf(world, reading(['lines'], anew), 1)
  const replayed = await replayBatch(world.process(undefined, former), 3000, { signal })
  assert.ok(replayed.equal, JSON.stringify(replayed))
})

test('what a batch was told of a stream that its code does not have is given up with the name', async () => {
  const beginning = (fails: boolean) =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade: { drop: ['lines'] } }, (ssc) => {
      const lines = ssc.textFileStream('memory://in').uid('texts')
      lines.saveAsTextFiles('memory://out/texts')
      lines.foreachRDD(() => {
        if (fails) throw new RangeError('not today')
      })
    })
  const world = await readBy(reading(['lines']))
  await assert.rejects(batchesOf(world, beginning(true), 1), { code: 'batch-failed' })
  await batchesOf(world, reading(['lines']), 1)
  assert.deepEqual(await streamsWithPositions(world), ['lines', 'texts'])
  await batchesOf(world, reading(['lines'], { drop: ['texts'] }), 1)
  assert.deepEqual(await streamsWithPositions(world), ['lines'])
})

test('the batches before a stream was renamed are compared with what code puts out that has the new name', async () => {
  const counting = (uid: string, upgrade?: UpgradeOptions) =>
    defineApp({ name: 'upgraded', batchInterval: seconds(1), upgrade }, (ssc) => {
      const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).uid(uid)
      const counts = lines
        .map((line) => [line.slice(0, 1), 1])
        .updateStateByKey<number>((ones, n = 0) => n + ones.length)
      counts.uid('counts').saveAsTextFiles('memory://out/counts')
    })
  const renaming = counting('texts', toTexts)
  const world = await readBy(counting('lines'), counting('lines'), counting('lines'), renaming, renaming)
  const reports = []
  for await (const report of compareWithPublished(world.process(undefined, renaming), { batches: 4, signal }))
    reports.push(report)
  assert.deepEqual(
    reports.map(({ batchTime, equal }) => [batchTime, equal]),
    [2000, 3000, 4000, 5000].map((time) => [time, true]),
  )
})
