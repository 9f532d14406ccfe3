import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Receiver } from '../../../src/dstream/receiver.ts'
import type { ReceiverInfo } from '../../../src/ports/receiver-event.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { milliseconds } from '../../../src/util/time.ts'
import { contextFor } from './context.ts'

/** Emits numbers one by one, and takes its time to stop: until the last one is stored. */
class SlowReceiver extends Receiver<number> {
  readonly #count: number
  #emitting: Promise<void> = Promise.resolve()

  constructor(count: number) {
    super()
    this.#count = count
  }
  onStart(): void {
    this.#emitting = this.#emit()
  }
  async onStop(): Promise<void> {
    await this.#emitting
  }
  async #emit(): Promise<void> {
    for (let number = 1; number <= this.#count; number++) {
      await this.store(number)
      await pause(10)
    }
  }
}

test('StreamingContextSuite: stop slow receiver gracefully', async (t) => {
  const conf = new SparkConf({
    'spark.streaming.gracefulStopTimeout': '20000s',
    'spark.streaming.blockInterval': '20ms',
  })
  const ssc = contextFor(t, { conf, batch: milliseconds(50) })
  const received: number[] = []
  ssc.receiverStream(new SlowReceiver(15)).foreachRDD(async (rdd) => void received.push(...(await rdd.collect())))
  await ssc.start()
  await ssc.stop({ stopGracefully: true })
  assert.deepEqual(
    received.sort((a, b) => a - b),
    Array.from({ length: 15 }, (_, i) => i + 1),
  )
})

test('JobGeneratorSuite: SPARK-6222: Do not clear received block data too soon', async (t) => {
  const conf = new SparkConf({
    'spark.streaming.gracefulStopTimeout': '20000s',
    'spark.streaming.blockInterval': '10ms',
  })
  const ssc = contextFor(t, { conf })
  const received: number[] = []
  let batches = 0
  ssc.receiverStream(new SlowReceiver(30)).foreachRDD(async (rdd) => {
    // The third batch is stuck, and its blocks are read only after others have come.
    if (++batches === 3) await pause(150)
    received.push(...(await rdd.collect()))
  })
  await ssc.start()
  await ssc.stop({ stopGracefully: true })
  assert.deepEqual(
    received,
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

test('RecurringTimerSuite: SPARK-10224: call callback after stopping', async (t) => {
  const ssc = contextFor(t, { batch: milliseconds(50) })
  const times: number[] = []
  ssc.queueStream([['a']]).foreachRDD((_, time) => void times.push(time.milliseconds))
  await ssc.start()
  const asked = Date.now()
  await ssc.stop({ stopGracefully: true })
  assert.ok((times.at(-1) ?? 0) > asked)
})

test('StreamingContextSuite: SPARK-22955', async (t) => {
  const ssc = contextFor(t, { batch: milliseconds(1) })
  ssc.conf.set('spark.streaming.gracefulStopTimeout', '5s')
  let batches = 0
  ssc.queueStream([['a']]).foreachRDD(() => void batches++)
  await ssc.start()
  await ssc.stop({ stopGracefully: true })
  await ssc.awaitTermination()
  assert.ok(batches > 0)
})

test('StreamingListenerSuite: receiver info reporting', async (t) => {
  class Failing extends Receiver<string> {
    onStart(): void {
      this.reportError('test report error', new Error('test report exception'))
      this.stop('test stop error')
    }
    onStop(): void {}
  }
  const ssc = contextFor(t)
  ssc.receiverStream(new Failing()).print()
  const heard: [string, ReceiverInfo][] = []
  const stopped = new Promise<void>((resolve) => {
    ssc.addStreamingListener({
      onReceiverStarted: ({ receiverInfo }) => void heard.push(['started', receiverInfo]),
      onReceiverError: ({ receiverInfo }) => void heard.push(['error', receiverInfo]),
      onReceiverStopped: ({ receiverInfo }) => {
        heard.push(['stopped', receiverInfo])
        resolve()
      },
    })
  })
  await ssc.start()
  await stopped
  await ssc.stop()
  const [kinds, ids] = [heard.map(([kind]) => kind), heard.map(([, { streamId }]) => streamId)]
  for (const kind of ['started', 'error', 'stopped']) assert.ok(kinds.includes(kind), kind)
  assert.deepEqual([...new Set(ids)], [0])
  const error = heard.find(([kind]) => kind === 'error')?.[1]
  assert.match(error?.lastErrorMessage ?? '', /report error/)
  assert.match(error?.lastError ?? '', /report exception/)
})
