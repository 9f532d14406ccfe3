import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { UpgradeOptions } from '../../../src/dstream/upgrade-options.ts'
import { StreamingContext } from '../../../src/local/streaming-context.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { Collected, contextFor } from './context.ts'

/** The guide's stateful word count, over lines of files. */
function wordCount(t: TestContext, folder: string, seen: Collected<[string, number]>): StreamingContext {
  const ssc = contextFor(t, { name: 'RecoverableWordCount' })
  const words = ssc.textFileStream(join(folder, 'in'), { newFilesOnly: false }).flatMap((line) => line.split(' '))
  const counts = words.map((word) => [word, 1]).updateStateByKey<number>((ones, count = 0) => count + ones.length)
  counts.foreachRDD(async (rdd) => {
    const counted = await rdd.collect()
    if (counted.length > 0) seen.add(counted)
  })
  return ssc
}

async function until(seen: Collected<[string, number]>, word: string, count: number): Promise<void> {
  for (let batches = 1; ; batches++) {
    const [latest = []] = (await seen.atLeast(batches)).slice(-1)
    if (latest.some(([key, value]) => key === word && value === count)) return
  }
}

test('a context from getOrCreate goes on with the state, the positions and the grid of the one before', async (t) => {
  const folder = tempDirectory(t)
  const checkpoint = join(folder, 'checkpoint')
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in', 'a.txt'), 'row row\n')
  const zeroTimes: number[] = []
  for (const [file, expected] of [['b.txt', 3] as const, ['c.txt', 4] as const]) {
    const seen = new Collected<[string, number]>()
    const ssc = await StreamingContext.getOrCreate(checkpoint, () => wordCount(t, folder, seen))
    await writeFile(join(folder, 'in', file), 'row\n')
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => zeroTimes.push(batchInfo.batchTime % 20) })
    await ssc.start()
    await until(seen, 'row', expected)
    await ssc.stop()
  }
  assert.deepEqual([...new Set(zeroTimes)], [0])
})

test('a context whose graph has lost a state fails, and goes on with a rename', async (t) => {
  const folder = tempDirectory(t)
  const checkpoint = join(folder, 'checkpoint')
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in', 'a.txt'), 'row row\n')
  const seen = new Collected<[string, number]>()
  const start = async (uid: string, upgrade?: UpgradeOptions): Promise<StreamingContext> => {
    const ssc = contextFor(t, { name: 'renamed', upgrade })
    ssc.checkpoint(checkpoint)
    const words = ssc.textFileStream(join(folder, 'in'), { newFilesOnly: false }).flatMap((line) => line.split(' '))
    const counts = words.map((word) => [word, 1]).updateStateByKey<number>((ones, count = 0) => count + ones.length)
    counts.uid(uid).foreachRDD(async (rdd) => seen.add(await rdd.collect()))
    await ssc.start()
    return ssc
  }
  const first = await start('counts')
  await until(seen, 'row', 2)
  await first.stop()
  const refused = await start('totals')
  await assert.rejects(refused.awaitTermination(), { code: 'graph-changed' })
  await refused.stop()
  const renamed = await start('totals', { rename: { counts: 'totals' } })
  await writeFile(join(folder, 'in', 'b.txt'), 'row\n')
  await until(seen, 'row', 3)
  await renamed.stop()
})

test('StreamingContextSuite: getOrCreate', async (t) => {
  const folder = tempDirectory(t)
  const checkpoint = join(folder, 'checkpoint')
  let created = 0
  const create = () => {
    created++
    const ssc = contextFor(t)
    ssc.queueStream([['a']]).print()
    return ssc
  }
  const first = await StreamingContext.getOrCreate(checkpoint, create)
  assert.equal(first.checkpointDirectory, checkpoint)
  await first.start()
  await first.stop({ stopGracefully: true })
  for (const head of headsBelow(checkpoint)) writeFileSync(head, 'no head')
  await assert.rejects(StreamingContext.getOrCreate(checkpoint, create), {
    code: 'checkpoint-unreadable',
    message: /Failed to read checkpoint from directory/,
  })
  const anew = await StreamingContext.getOrCreate(checkpoint, create, { createOnError: true })
  assert.notEqual(anew.checkpointDirectory, checkpoint)
  await anew.start()
  await anew.stop()
  const again = await StreamingContext.getOrCreate(checkpoint, create, { createOnError: true })
  assert.equal(again.checkpointDirectory, anew.checkpointDirectory)
  assert.equal(created, 4)
})

test('getOrCreate calls its function also when there is a checkpoint, so that new code takes effect', async (t) => {
  const checkpoint = join(tempDirectory(t), 'checkpoint')
  const seen: string[] = []
  for (const code of ['old', 'new']) {
    const done = new Collected<string>()
    const ssc = await StreamingContext.getOrCreate(checkpoint, () => {
      const ssc = contextFor(t)
      ssc.queueStream([['a'], ['b']]).foreachRDD(async (rdd) => {
        for (const element of await rdd.collect()) seen.push(`${code} ${element}`)
        done.add([])
      })
      return ssc
    })
    await ssc.start()
    await done.atLeast(1)
    await ssc.stop({ stopGracefully: true })
  }
  assert.deepEqual(seen, ['old a', 'old b'])
})

test('a checkpoint that is damaged fails the start, and leaves the context stopped', async (t) => {
  const checkpoint = join(tempDirectory(t), 'checkpoint')
  const make = (): StreamingContext => {
    const ssc = contextFor(t)
    ssc.checkpoint(checkpoint)
    ssc.queueStream([['a']]).print()
    return ssc
  }
  const first = make()
  await first.start()
  await first.stop()
  for (const head of headsBelow(checkpoint)) writeFileSync(head, 'no head')
  const second = make()
  await assert.rejects(second.start(), { code: 'head-corrupt' })
  assert.equal(second.getState(), 'STOPPED')
})

/** Files that hold the heads of applications. */
function headsBelow(checkpoint: string): string[] {
  return readdirSync(checkpoint, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'utf8').includes('"incarnation"') && /head/.test(path))
}

test('a function that gives no context is refused for what it lacks', async () => {
  const forgotten = (() => {}) as never
  const noReturn = { code: 'no-create', message: /must return the StreamingContext.*undefined$/ }
  await assert.rejects(StreamingContext.getOrCreate('nowhere', forgotten), noReturn)
  await assert.rejects(StreamingContext.getActiveOrCreate(forgotten), noReturn)
  await assert.rejects(StreamingContext.getActiveOrCreate('nowhere', undefined as never), {
    code: 'no-create',
    message: /created by a function/,
  })
})
