import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiverSettings } from '../../../src/connectors/receiver/receiver-settings.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { FedReceiver, ReceiverWorld, until } from './receiver-world.ts'

test('each setting of receivers is read from its key, and has Spark’s default', () => {
  assert.deepEqual(receiverSettings(), {
    blockIntervalMs: 200,
    blockQueueSize: 10,
    maxRate: undefined,
    restartDelayMs: 2_000,
  })
  const conf = new SparkConf({
    'spark.streaming.blockInterval': '50ms',
    'spark.streaming.blockQueueSize': 3,
    'spark.streaming.receiver.maxRate': 100,
    'spark.streaming.receiverRestartDelay': '1s',
  })
  assert.deepEqual(receiverSettings(conf), {
    blockIntervalMs: 50,
    blockQueueSize: 3,
    maxRate: 100,
    restartDelayMs: 1_000,
  })
})

test('a block interval that is not positive is refused in the words of Spark', () => {
  const conf = new SparkConf({ 'spark.streaming.blockInterval': '0ms' })
  const message = "'spark.streaming.blockInterval' should be a positive value: 0"
  assert.throws(() => receiverSettings(conf), { code: 'bad-setting', message })
})

test('spark.streaming.receiver.maxRate holds back who stores single elements, and not who stores blocks', async () => {
  const receiver = new FedReceiver()
  const source = new ReceiverWorld().open(receiver, { 'spark.streaming.receiver.maxRate': '0.001' })
  source.start?.()
  await until(() => receiver.calls.length > 0)
  let stored = 0
  for (let element = 0; element < 3; element++) void receiver.store(element).then(() => stored++)
  await receiver.store(['a', 'block'])
  assert.ok(stored < 3, `${stored} of 3 went through`)
  await source.close()
})
