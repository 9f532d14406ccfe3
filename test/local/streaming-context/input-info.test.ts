import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { InputDStream } from '../../../src/dstream/input-dstream.ts'
import { Receiver } from '../../../src/dstream/receiver.ts'
import { StreamingJobProgressListener } from '../../../src/dstream/streaming-job-progress-listener.ts'
import type { BatchInfo } from '../../../src/dstream/streaming-listener.ts'
import type { StreamingContext } from '../../../src/local/streaming-context.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { contextFor } from './context.ts'

/** What listeners are told of the first batch with records, when it is done. */
async function firstWithRecords(t: TestContext, declare: (ssc: StreamingContext) => void): Promise<BatchInfo> {
  const ssc = contextFor(t)
  declare(ssc)
  const info = await new Promise<BatchInfo>((resolve, reject) => {
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => void (batchInfo.numRecords > 0 && resolve(batchInfo)),
    })
    ssc.start().catch(reject)
  })
  await ssc.stop()
  return info
}

test('a file stream tells which files a batch reads, a line each, and how many records they had', async (t) => {
  const directory = join(tempDirectory(t), 'in')
  mkdirSync(directory)
  for (const name of ['a.txt', 'b.txt']) writeFileSync(join(directory, name), 'row\nboat\n')
  const { streamIdToInputInfo } = await firstWithRecords(t, (ssc) => {
    ssc.textFileStream(directory, { newFilesOnly: false }).foreachRDD((rdd) => rdd.count())
  })
  const files = ['a.txt', 'b.txt'].map((name) => pathToFileURL(join(directory, name)).href).join('\n')
  assert.deepEqual(streamIdToInputInfo, {
    0: { inputStreamId: 0, numRecords: 4, metadata: { files, Description: files } },
  })
})

test('InputInfoTrackerSuite "report and get": each stream of a batch is told of once, under its id', async (t) => {
  const { streamIdToInputInfo, numRecords } = await firstWithRecords(t, (ssc) => {
    const hundred = Array.from({ length: 100 }, (_, i) => i)
    const streams = [ssc.queueStream([hundred]), ssc.queueStream([[...hundred, ...hundred, ...hundred]])]
    ssc.union(streams).foreachRDD((rdd) => rdd.count())
  })
  const told = Object.values(streamIdToInputInfo).map((info) => [info.inputStreamId, info.numRecords])
  assert.deepEqual(told, [
    [0, 100],
    [1, 300],
  ])
  assert.equal(numRecords, 400)
})

test('InputStreamsSuite "test track the number of input stream": ids count all input streams in the order of their creation', async (t) => {
  class Idle extends Receiver<number> {
    onStart(): void {}
    onStop(): void {}
  }
  class Own extends InputDStream<number> {
    compute(): number[] {
      return []
    }
  }
  const receivers = [new Idle(), new Idle()]
  const own: Own[] = []
  const { streamIdToInputInfo } = await firstWithRecords(t, (ssc) => {
    const streams = receivers.map((receiver) => ssc.receiverStream(receiver))
    own.push(new Own(ssc), new Own(ssc))
    ssc.union([...streams, ...own, ssc.queueStream([[1]])]).foreachRDD((rdd) => rdd.count())
  })
  assert.deepEqual(Object.keys(streamIdToInputInfo).map(Number), [0, 1, 2, 3, 4])
  assert.deepEqual(
    receivers.map(({ streamId }) => streamId),
    [0, 1],
  )
  assert.deepEqual(
    own.map(({ id }) => id),
    [2, 3],
  )
})

test('InputInfoTrackerSuite "cleanup": what was told of a batch is kept as long as the batch is', async (t) => {
  const kept = new StreamingJobProgressListener(new SparkConf({ 'spark.streaming.ui.retainedBatches': 1 }))
  const ssc = contextFor(t)
  ssc.queueStream([[1], [1, 2]]).foreachRDD((rdd) => rdd.count())
  ssc.addStreamingListener(kept)
  const infos: BatchInfo[] = []
  const done = new Promise<void>((resolve) => {
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void (infos.push(batchInfo) === 2 && resolve()) })
  })
  await ssc.start()
  await done
  assert.deepEqual(kept.retainedCompletedBatches.at(-1), infos.at(-1))
  assert.equal(kept.retainedCompletedBatches.length, 1)
  await ssc.stop()
})
