import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { StreamingJobProgressListener } from '../../../src/dstream/streaming-job-progress-listener.ts'
import type { BatchInfo, OutputOperationInfo, StreamingListener } from '../../../src/dstream/streaming-listener.ts'
import { StatsReportListener } from '../../../src/local/stats-report-listener.ts'
import type { StreamingContext } from '../../../src/local/streaming-context.ts'
import { contextFor } from './context.ts'

/** Everything that a listener hears, in order. */
class Heard {
  readonly events: string[] = []
  readonly submitted: BatchInfo[] = []
  readonly started: BatchInfo[] = []
  readonly completed: BatchInfo[] = []
  readonly outputs: OutputOperationInfo[] = []
  readonly #done: () => void
  readonly #batches: number

  constructor(batches: number, done: () => void) {
    this.#batches = batches
    this.#done = done
  }

  readonly listener: StreamingListener = {
    onStreamingStarted: () => void this.events.push('streaming'),
    onBatchSubmitted: ({ batchInfo }) => {
      this.events.push('submitted')
      this.submitted.push(batchInfo)
    },
    onBatchStarted: ({ batchInfo }) => {
      this.events.push('started')
      this.started.push(batchInfo)
    },
    onOutputOperationStarted: ({ outputOperationInfo }) => void this.events.push(`begin ${outputOperationInfo.id}`),
    onOutputOperationCompleted: ({ outputOperationInfo }) => {
      this.events.push(`end ${outputOperationInfo.id}`)
      this.outputs.push(outputOperationInfo)
    },
    onBatchCompleted: ({ batchInfo }) => {
      this.events.push('completed')
      this.completed.push(batchInfo)
      if (this.completed.length === this.#batches) this.#done()
    },
  }
}

/** Runs a context until so many batches are completed. */
async function hear(t: TestContext, batches: number, declare: (ssc: StreamingContext) => void): Promise<Heard> {
  const ssc = contextFor(t)
  declare(ssc)
  const heard = await new Promise<Heard>((resolve, reject) => {
    const heard: Heard = new Heard(batches, () => resolve(heard))
    ssc.addStreamingListener(heard.listener)
    ssc.start().catch(reject)
  })
  await ssc.stop()
  return heard
}

test('StreamingListenerSuite: batch info reporting', async (t) => {
  const heard = await hear(t, 4, (ssc) => ssc.queueStream([[1], [2], [3], [4]]).foreachRDD((rdd) => rdd.count()))
  for (const [place, info] of heard.submitted.slice(0, 4).entries()) {
    assert.equal(info.numRecords, 1)
    assert.equal(info.schedulingDelay, undefined)
    const { schedulingDelay = -1, processingDelay } = heard.started[place] ?? {}
    assert.ok(schedulingDelay >= 0 && processingDelay === undefined)
    const done = heard.completed[place]
    assert.ok(done?.processingStartTime !== undefined && done.processingEndTime !== undefined)
    assert.ok(done.submissionTime <= done.processingStartTime && done.processingStartTime <= done.processingEndTime)
    assert.equal(done.totalDelay, (done.schedulingDelay ?? 0) + (done.processingDelay ?? 0))
    const { inputStreamId, numRecords } = done.streamIdToInputInfo[0] ?? {}
    assert.deepEqual({ inputStreamId, numRecords }, { inputStreamId: 0, numRecords: 1 })
  }
})

test('StreamingListenerSuite: output operation reporting', async (t) => {
  const heard = await hear(t, 1, (ssc) => {
    const stream = ssc.queueStream([['a']])
    for (let output = 0; output < 3; output++) stream.foreachRDD((rdd) => rdd.count())
  })
  const batch = ['submitted', 'started', 'begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2', 'completed']
  assert.deepEqual(heard.events.slice(0, 10), ['streaming', ...batch])
  const [first] = heard.outputs
  assert.equal(first?.name, 'foreachRDD')
  assert.match(first.description, /foreachRDD at listeners\.test\.ts:\d+/)
  assert.equal(first.duration, Number(first.endTime) - Number(first.startTime))
  assert.deepEqual(Object.keys(heard.completed[0]?.outputOperationInfos ?? {}), ['0', '1', '2'])
})

test('each failed attempt is told with its reason at the output that failed, and completes', async (t) => {
  let calls = 0
  const heard = await hear(t, 2, (ssc) => {
    const stream = ssc.queueStream([['a']])
    stream.foreachRDD((rdd) => rdd.count())
    stream.foreachRDD(() => {
      if (calls++ === 0) throw new Error('this once')
    })
  })
  const [failed, again] = heard.completed
  assert.equal(failed?.batchTime, again?.batchTime)
  assert.match(failed?.outputOperationInfos[1]?.failureReason ?? '', /this once/)
  assert.equal(failed?.outputOperationInfos[0]?.failureReason, undefined)
  assert.equal(again?.outputOperationInfos[1]?.failureReason, undefined)
})

test('when making a dataset fails, no output of the batch begins and no batch is submitted', async (t) => {
  const ssc = contextFor(t)
  const events: string[] = []
  const stream = ssc.queueStream([['a']])
  stream.foreachRDD(() => void events.push('side effect'))
  stream
    .transform(() => {
      throw new Error('never')
    })
    .print()
  ssc.addStreamingListener({ onBatchSubmitted: () => events.push('submitted') })
  await ssc.start()
  await assert.rejects(ssc.awaitTermination(), /never/)
  await ssc.stop()
  assert.deepEqual(events, [])
})

test("StreamingListenerSuite: don't call ssc.stop in listener", async (t) => {
  const ssc = contextFor(t)
  ssc.queueStream([['a']]).print()
  const stopped = new Promise<unknown>((resolve) => {
    ssc.addStreamingListener({ onBatchCompleted: () => ssc.stop().then(resolve, resolve) })
  })
  await ssc.start()
  assert.match(String(await stopped), /Cannot stop StreamingContext within listener bus thread/)
})

test('StreamingListenerSuite: no events after stopping bus', async (t) => {
  const ssc = contextFor(t)
  ssc.queueStream([['a']]).print()
  await ssc.start()
  await ssc.stop()
  const events: string[] = []
  ssc.addStreamingListener({ onStreamingStarted: () => events.push('late') })
  ssc.graph.listeners.post('onStreamingStarted', { time: 0 })
  await ssc.graph.listeners.drained()
  assert.deepEqual(events, [])
})

test('a listener that throws harms neither batches nor other listeners, and is logged', async (t) => {
  const logged: unknown[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (event: string) => void logged.push(event) }
  const ssc = contextFor(t, { log })
  ssc.queueStream([['a']]).print()
  const heard = new Promise<void>((resolve) => {
    ssc.addStreamingListener({
      onBatchCompleted() {
        throw new Error('listener')
      },
    })
    ssc.addStreamingListener({ onBatchCompleted: async () => Promise.reject(new Error('later')) })
    ssc.addStreamingListener({ onBatchCompleted: () => resolve() })
  })
  await ssc.start()
  await heard
  await ssc.stop()
  assert.ok(logged.filter((event) => event === 'listener-failed').length >= 2)
})

const batchAt = (batchTime: number, delay = 0): { readonly batchInfo: BatchInfo } => ({
  batchInfo: {
    batchTime,
    streamIdToInputInfo: {},
    submissionTime: 0,
    totalDelay: delay,
    processingDelay: delay,
    numRecords: 600,
    outputOperationInfos: {},
  },
})

test('StreamingJobProgressListenerSuite: counters', () => {
  const progress = new StreamingJobProgressListener()
  const counters = () => [
    progress.waitingBatches.length,
    progress.runningBatches.length,
    progress.retainedCompletedBatches.length,
    progress.numUnprocessedBatches,
    progress.numTotalReceivedRecords,
    progress.numTotalProcessedRecords,
  ]
  progress.onBatchSubmitted(batchAt(1000))
  assert.deepEqual(counters(), [1, 0, 0, 1, 0, 0])
  assert.equal(progress.lastReceivedBatch?.batchTime, 1000)
  progress.onBatchStarted(batchAt(1000))
  assert.deepEqual(counters(), [0, 1, 0, 1, 600, 0])
  progress.onBatchCompleted(batchAt(1000))
  assert.deepEqual(counters(), [0, 0, 1, 0, 600, 600])
})

test('StreamingJobProgressListenerSuite: Remove the old completed batches when exceeding the limit', () => {
  const progress = new StreamingJobProgressListener()
  for (let batch = 1; batch <= 1010; batch++) progress.onBatchCompleted(batchAt(batch))
  assert.equal(progress.retainedCompletedBatches.length, 1000)
  assert.equal(progress.numTotalCompletedBatches, 1010)
})

test('a StatsReportListener reports the distribution of the last batches', () => {
  const lines: string[] = []
  const listener = new StatsReportListener(3, { write: (text) => lines.push(text) })
  for (const delay of [1000, 1, 2, 3]) listener.onBatchCompleted(batchAt(delay, delay))
  assert.equal(lines.length, 8)
  assert.match(lines[6] ?? '', /^Total delay: \(count: 3, mean: 2\.000, stdev: 0\.816, max: 3\.000, min: 1\.000\)\n/)
  assert.match(lines[7] ?? '', /^Processing time: [\s\S]*\t1 ms\t1 ms\t1 ms\t1 ms\t2 ms\t3 ms\t3 ms\t3 ms\t3 ms\n$/)
})
